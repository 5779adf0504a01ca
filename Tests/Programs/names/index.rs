// Methods whose types alone tell them apart, and closures of one function.
use std::hint::black_box;

mod article_search_engine {
    pub mod storage_of_documents {
        pub struct WordIndex {
            pub rows: Vec<Vec<u8>>,
        }
        pub struct TitleTable {
            pub rows: Vec<Vec<u8>>,
        }
        pub trait Source {
            fn size(&self) -> usize;
        }
        pub struct PlainTextFileSource(pub usize);
        impl Source for PlainTextFileSource {
            fn size(&self) -> usize {
                self.0
            }
        }
        impl WordIndex {
            #[inline(never)]
            pub fn build<S: Source>(source: &S) -> Self {
                WordIndex { rows: vec![vec![1; source.size()]; 10] }
            }
        }
        impl TitleTable {
            #[inline(never)]
            pub fn build<S: Source>(source: &S) -> Self {
                TitleTable { rows: vec![vec![1; source.size() * 2]; 10] }
            }
        }
    }
}
use article_search_engine::storage_of_documents::*;

fn main() {
    let source = PlainTextFileSource(100000);
    black_box(WordIndex::build(&source));
    black_box(TitleTable::build(&source));
    let large = |n: usize| std::mem::forget(black_box(vec![0u8; n]));
    let small = |n: usize| std::mem::forget(black_box(vec![1u8; n]));
    let tasks: Vec<Box<dyn Fn(usize)>> = vec![Box::new(large), Box::new(small)];
    black_box(&tasks)[0](54321);
    for _ in 0..50 {
        black_box(&tasks)[1](9);
    }
}
