//! Numbers that look random and depend on nothing but their seed (splitmix64).

/// Scrambles a number into another one; equal in, equal out.
pub fn mix(number: u64) -> u64 {
    let mut word = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ (word >> 31)
}

/// An endless row of numbers from one seed.
pub struct Stream {
    state: u64,
}

impl Stream {
    /// The row that belongs to this seed.
    pub fn new(seed: u64) -> Self {
        Self { state: mix(seed) }
    }

    /// The next number of the row.
    pub fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mix(self.state)
    }

    /// The next number, from 0 to `limit - 1`.
    pub fn below(&mut self, limit: usize) -> usize {
        below(self.next(), limit)
    }

    /// Appends `count` bytes.
    pub fn bytes(&mut self, count: usize, out: &mut Vec<u8>) {
        let end = out.len() + count;
        while out.len() + 8 <= end {
            out.extend_from_slice(&self.next().to_le_bytes());
        }
        let rest = end - out.len();
        out.extend_from_slice(&self.next().to_le_bytes()[..rest]);
    }
}

/// Brings a random word into 0 to `limit - 1` (0 where the limit is 0).
pub fn below(word: u64, limit: usize) -> usize {
    ((u128::from(word) * limit as u128) >> 64) as usize
}

/// Brings a random word into 0 to 1, 1 excluded.
pub fn unit(word: u64) -> f64 {
    (word >> 11) as f64 / (1u64 << 53) as f64
}

/// The greatest common divisor.
pub fn common_divisor(mut a: usize, mut b: usize) -> usize {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

/// A step that visits every one of `count` numbers once before it returns, in no visible order.
pub fn stride(count: usize) -> usize {
    let mut step = (count as u128 * 618_034 / 1_000_000) as usize;
    while step < 1 || common_divisor(step, count.max(1)) != 1 {
        step += 1;
    }
    step
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stride_visits_every_number_once() {
        for count in [1, 2, 3, 20, 400, 1000, 4096] {
            let step = stride(count);
            let mut seen: Vec<usize> = (0..count).map(|k| k * step % count).collect();
            seen.sort_unstable();
            assert!(seen.into_iter().eq(0..count), "{count}");
        }
    }

    #[test]
    fn bytes_come_in_the_number_asked_for() {
        for count in [0, 1, 7, 8, 9, 100] {
            let mut out = Vec::new();
            Stream::new(1).bytes(count, &mut out);
            assert_eq!(out.len(), count);
        }
    }
}
