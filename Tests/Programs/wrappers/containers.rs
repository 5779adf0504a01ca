//! Every way in which Rust's library allocates, each below a function of its own.
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::rc::Rc;

#[inline(never)]
fn vectors(n: usize) -> Vec<Vec<u8>> {
    (0..n).map(|i| vec![1u8; i % 100 + 1]).collect()
}
#[inline(never)]
fn strings(n: usize) -> Vec<String> {
    (0..n).map(|i| format!("string {i}")).collect()
}
#[inline(never)]
fn boxes(n: usize) -> Vec<Box<[u64; 8]>> {
    (0..n).map(|i| Box::new([i as u64; 8])).collect()
}
#[inline(never)]
fn maps(n: usize) -> HashMap<u64, String> {
    let mut map = HashMap::new();
    for i in 0..n {
        map.insert(i as u64, i.to_string());
    }
    map
}
#[inline(never)]
fn trees(n: usize) -> BTreeMap<u64, u64> {
    let mut map = BTreeMap::new();
    for i in 0..n {
        map.insert(i as u64, i as u64);
    }
    map
}
#[inline(never)]
fn zeroed(n: usize) -> Vec<u64> {
    vec![0; n]
}
#[inline(never)]
fn counted(n: usize) -> Vec<Rc<str>> {
    (0..n).map(|i| Rc::from(i.to_string())).collect()
}
#[inline(never)]
fn queue(n: usize) -> VecDeque<usize> {
    let mut queue = VecDeque::new();
    for i in 0..n {
        queue.push_back(i);
    }
    queue
}
#[inline(never)]
fn grown(n: usize) -> Vec<usize> {
    let mut vector = Vec::new();
    for i in 0..n {
        vector.push(i);
    }
    vector
}

fn main() {
    let n = 1000;
    std::mem::forget((vectors(n), strings(n), boxes(n), maps(n), trees(n)));
    std::mem::forget((zeroed(n), counted(n), queue(n), grown(n)));
}
