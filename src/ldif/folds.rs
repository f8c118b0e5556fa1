//! Line folds: a line that starts with a blank goes on from the one before it.

use fearless_simd::{Level, dispatch, mask8x64, prelude::*};

use super::window::{WINDOW, of_text, window};

/// A line without its folds: a line end followed by one blank or tab is taken out.
pub(crate) fn unfold(bytes: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(bytes.len() + WINDOW);
    unfold_into(bytes, bytes.len(), &mut plain);
    plain
}

/// Appends the first `length` bytes without their folds; what follows them spares filling up a block.
pub(super) fn unfold_into(bytes: &[u8], length: usize, plain: &mut Vec<u8>) {
    let start = plain.len();
    // A block is written whole, whatever of it counts.
    plain.resize(start + length + WINDOW, 0);
    let kept = dispatch!(Level::new(), simd => unfold_with(simd, bytes, length, &mut plain[start..]));
    plain.truncate(start + kept);
}

/// The same, a block at a time, into the room; returns how many bytes are left.
#[inline(always)]
fn unfold_with<S: Simd>(simd: S, bytes: &[u8], length: usize, room: &mut [u8]) -> usize {
    // The last two bytes of a block only tell what the ones before them are.
    const STEP: usize = WINDOW - 2;
    let (mut at, mut kept) = (0, 0);
    // Whether the byte before the block is a line feed. The byte behind one is no part of the text, whatever it is.
    let mut behind_feed = 0;
    while at < length {
        let block = window(simd, &bytes[at..]);
        let text = of_text(length - at);
        let feeds = block.simd_eq(b'\n').to_bitmask() & text;
        let returns = block.simd_eq(b'\r').to_bitmask();
        let before_feed = returns & feeds >> 1;
        let folds = feeds | feeds << 1 | behind_feed | before_feed | returns & before_feed >> 1;
        let left = text & u64::MAX >> 2 & !folds;
        if let Some(room) = room[kept..].first_chunk_mut::<WINDOW>() {
            block.compress(mask8x64::from_bitmask(simd, left)).store_slice(room);
        }
        kept += left.count_ones() as usize;
        behind_feed = feeds >> (STEP - 1) & 1;
        at += STEP;
    }
    kept
}
