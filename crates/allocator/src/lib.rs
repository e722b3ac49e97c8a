//! The memory allocator of a program or a library: linking this crate is choosing it.
//!
//! A chain allocates and frees many small values on several threads, at which the system's allocator is
//! slow. Of the fast ones, jemalloc fragments the least: see docs/performance.md. How soon it gives
//! memory back is set in .cargo/config.toml. It does not support MSVC, so Windows has mimalloc.

#[cfg(not(windows))]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

#[cfg(windows)]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
