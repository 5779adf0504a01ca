// Rules for code that somebody else wrote, and that says what memory is for: interpreters, libraries, the
// standard libraries of languages. It is dimmed or folded.

extension StandardFrameRules {
  /// Where the program is written in Python.
  static let librariesOfPythonCode = #"""
    # A program in Python: all libraries are somebody else's
    python dim * module *.so*
    """#

  /// What runs Python code, and what Cython adds of its own.
  static let machineryOfPythonCode = #"""
    # A program in Python: its functions stand for the interpreter's
    python hide * module libpython*.so*
    python hide * module python3
    python hide * module python3.*
    python hide py::*
    python hide __Pyx_*
    """#

  /// By module or by name.
  static let libraries = #"""
    # Python's own modules and those that were installed
    dim * module */lib/python3*/*
    fold * module <frozen *

    # Interpreters and virtual machines
    dim * module libpython*.so*
    dim * module python3
    dim * module python3.*
    dim * module */lib-dynload/*.so
    dim * module libperl.so*
    dim * module php8*
    dim * module libphp*.so
    dim * module libjvm.so
    dim * module libnode.so*
    dim v8::*
    dim node::*

    # Libraries that build what a program asks for
    dim * module libcrypto.so*
    dim * module libssl.so*
    dim OPENSSL_*
    dim CRYPTO_*
    dim BUF_MEM_*
    dim ossl_*
    dim * module libxml2.so*
    dim * module libQt5*.so*
    dim * module libQt6*.so*

    # Redis: strings and objects, which say what the memory is for
    fold sds* module redis-*
    fold _sds* module redis-*
    fold createObject module redis-*
    fold create*StringObject* module redis-*

    # PostgreSQL: strings
    fold pstrdup module postgres
    fold pnstrdup module postgres
    fold psprintf module postgres
    fold MemoryContextStrdup module postgres
    fold *StringInfo* module postgres

    # Qt's containers, whose code is in the program
    fold QString::*
    fold QByteArray::*
    fold QArrayData::*
    fold QTypedArrayData<*>::*
    fold QVector<*>::*
    fold QList<*>::*
    fold QListData::*
    fold QHash<*>::*
    fold QHashData::*
    fold QMap<*>::*
    fold QMapData<*>::*
    fold QMapDataBase::*
    fold QMapNode<*>::*
    fold QSet<*>::*
    fold QStringList::*
    fold QtPrivate::*

    # LLVM's containers, whose code is in the program
    fold llvm::SmallVector*
    fold llvm::SmallPtrSet*
    fold llvm::SmallDenseMap*
    fold llvm::DenseMap*
    fold llvm::StringMap*
    fold llvm::FoldingSet*
    fold llvm::BumpPtrAllocatorImpl<*>::*

    # The C library and the loader
    fold * module libc.so*
    fold * module libc-2*.so
    fold * module libm.so*
    fold * module libpthread*.so*
    fold * module ld-linux*.so*
    fold * module [vdso]

    # GLib
    fold * module libglib-2.0.so*
    fold * module libgobject-2.0.so*
    fold * module libgio-2.0.so*

    # C++
    fold * module libstdc++.so*
    fold * module libgcc_s.so*
    fold * module libc++.so*
    fold * module libc++abi.so*
    fold * module libunwind*.so*
    fold std::*
    fold __gnu_cxx::*
    fold __cxxabiv1::*

    # Swift, Foundation, Dispatch
    fold * module libswift*.so
    fold * module libFoundation*.so
    fold * module lib_FoundationICU.so
    fold * module libdispatch.so
    fold * module libBlocksRuntime.so
    fold Swift.*
    fold static Swift.*
    fold merged Swift.*
    fold (extension in Swift):*
    fold static (extension in Swift):*
    fold generic specialization <*> of Swift.*
    fold generic specialization <*> of static Swift.*
    fold generic specialization <*> of (extension in Swift):*
    fold merged generic specialization <*> of Swift.*
    fold function signature specialization <*> of Swift.*
    fold lazy protocol witness table *
    fold type metadata accessor for *
    fold generic type metadata accessor for *
    fold swift_*
    fold _swift_*
    fold __swift_*

    # Rust
    fold core::array::*
    fold core::cell::*
    fold core::char::*
    fold core::clone::*
    fold core::cmp::*
    fold core::convert::*
    fold core::default::*
    fold core::fmt::*
    fold core::future::*
    fold core::hash::*
    fold core::iter::*
    fold core::mem::*
    fold core::num::*
    fold core::ops::*
    fold core::option::*
    fold core::panic::*
    fold core::panicking::*
    fold core::ptr::*
    fold core::result::*
    fold core::slice::*
    fold core::str::*
    fold core::sync::*
    fold alloc::borrow::*
    fold alloc::boxed::*
    fold alloc::collections::*
    fold alloc::fmt::*
    fold alloc::rc::*
    fold alloc::slice::*
    fold alloc::str::*
    fold alloc::string::*
    fold alloc::sync::*
    fold alloc::vec::*
    fold hashbrown::*
    fold <core::*
    fold <alloc::*
    fold <std::*
    fold <hashbrown::*
    fold <[*
    fold <* as <[*
    fold <* as core::*
    fold <* as alloc::*
    fold <* as std::*
    fold gimli::*
    fold <gimli::*
    fold addr2line::*
    fold <addr2line::*
    fold __rust_*
    fold __rustc::*
    fold _RNv*___rust_*
    """#
}
