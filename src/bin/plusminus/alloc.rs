//! Memory that runs out ends the program with a line and a code of its own, and not by a signal.

use std::alloc::{GlobalAlloc, Layout, System};
use std::io::Write;

use crate::exit;

/// The system's memory.
struct Named;

#[global_allocator]
static MEMORY: Named = Named;

// SAFETY: the system's allocator does all of it; where that gives nothing, nothing is returned.
#[allow(unsafe_code, reason = "the trait is unsafe; there is no other way to hear of it")]
unsafe impl GlobalAlloc for Named {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as of the caller.
        given(unsafe { System.alloc(layout) }, layout.size())
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as of the caller.
        given(unsafe { System.alloc_zeroed(layout) }, layout.size())
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: as of the caller.
        given(unsafe { System.realloc(at, layout, size) }, size)
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        // SAFETY: as of the caller.
        unsafe { System.dealloc(at, layout) }
    }
}

/// What was given, if it was; here nothing may ask for memory.
fn given(at: *mut u8, size: usize) -> *mut u8 {
    if at.is_null() {
        let (mut line, mut length) = ([0u8; 200], 0);
        let mut rest = &mut line[..];
        if writeln!(rest, "error: out of memory: {size} bytes more are not to be had; a run with a checkpoint can be resumed").is_ok() {
            length = 200 - rest.len();
        }
        let _ = std::io::stderr().write_all(&line[..length]);
        signal_hook::low_level::exit(i32::from(exit::OUT_OF_MEMORY));
    }
    at
}
