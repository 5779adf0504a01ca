//! What memtrace.h offers, from Rust: the table of functions is found once, by dlsym.

use std::ffi::CStr;
use std::hint::black_box;
use std::mem::size_of;
use std::os::raw::{c_char, c_int, c_void};
use std::sync::atomic::{AtomicPtr, Ordering};
use std::sync::Once;

extern "C" {
    fn dlsym(handle: *mut c_void, name: *const c_char) -> *mut c_void;
}

#[repr(C)]
#[derive(Default)]
struct Stats {
    resident_bytes: u64,
    virtual_bytes: u64,
    allocations: u64,
    lost_events: u64,
    system_bytes: u64,
    system_available_bytes: u64,
    cgroup_bytes: u64,
    cgroup_limit_bytes: u64,
}

/// `struct memtrace_table`.
#[repr(C)]
struct Table {
    bytes: usize,
    mark: extern "C" fn(*const c_char),
    snapshot: extern "C" fn(*const c_char),
    phase_begin: extern "C" fn(*const c_char),
    phase_end: extern "C" fn(),
    phase_open: extern "C" fn(*const c_char) -> u64,
    phase_close: extern "C" fn(u64),
    pause: extern "C" fn(),
    resume: extern "C" fn(),
    stop: extern "C" fn(),
    stats: extern "C" fn(*mut Stats, usize) -> c_int,
}

fn table() -> Option<&'static Table> {
    static LOOKED: Once = Once::new();
    static TABLE: AtomicPtr<Table> = AtomicPtr::new(std::ptr::null_mut());
    LOOKED.call_once(|| unsafe {
        let found = dlsym(std::ptr::null_mut(), b"memtrace_functions\0".as_ptr().cast());
        if !found.is_null() {
            let functions: extern "C" fn() -> *mut Table = std::mem::transmute(found);
            TABLE.store(functions(), Ordering::Release);
        }
    });
    unsafe { TABLE.load(Ordering::Acquire).as_ref() }
}

/// Ends with the block of code that holds it.
struct Phase;

impl Phase {
    /// `name` ends with a NUL.
    fn begin(name: &'static [u8]) -> Phase {
        let name = CStr::from_bytes_with_nul(name).expect("a NUL at the end");
        if let Some(table) = table() {
            (table.phase_begin)(name.as_ptr());
        }
        Phase
    }
}

impl Drop for Phase {
    fn drop(&mut self) {
        if let Some(table) = table() {
            (table.phase_end)();
        }
    }
}

fn main() {
    let kept = {
        let _load = Phase::begin(b"load\0");
        let kept = black_box(vec![1u8; 100_000]);
        {
            let _parse = Phase::begin(b"parse\0");
            drop(black_box(vec![2u8; 1_000_000]));
        }
        kept
    };
    let mut stats = Stats::default();
    let known = table().map_or(0, |table| (table.stats)(&mut stats, size_of::<Stats>()));
    let is_plausible = stats.resident_bytes > 100_000 && stats.system_bytes > stats.resident_bytes;
    println!("stats {known}, plausible {is_plausible}, kept {}", kept.len());
}
