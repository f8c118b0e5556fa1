//! What was read, 64 bytes at a time. What follows a text counts for nothing: looking at a whole window is cheaper than filling
//! one up.

use fearless_simd::{prelude::*, u8x64};

/// So many bytes are looked at at once.
pub const WINDOW: usize = 64;

/// The window at the start of what was read, filled up with zeros where no whole one is left.
#[inline(always)]
pub(super) fn window<S: Simd>(simd: S, from_here: &[u8]) -> u8x64<S> {
    match from_here.first_chunk() {
        Some(window) => u8x64::simd_from(simd, *window),
        None => u8x64::simd_from(simd, filled_up(from_here)),
    }
}

/// The places of a window that belong to a text of which so many bytes, and at least one, are left.
#[inline(always)]
pub(super) fn of_text(left: usize) -> u64 {
    u64::MAX >> (WINDOW - left.min(WINDOW))
}

/// The processor has to wait before it can look at what was copied a moment ago.
#[cold]
fn filled_up(rest: &[u8]) -> [u8; WINDOW] {
    let mut window = [0; WINDOW];
    window[..rest.len()].copy_from_slice(rest);
    window
}
