//! Where a stream of LDIF can be cut: at an empty line, or before a `dn:` line.

use memchr::memchr_iter;

/// The smallest position `p >= from` at which a record can start: just after an empty line, or at the first
/// byte of a line that starts with `dn:` in any case. `None` when the bytes hold no such position.
///
/// Position 0 is not looked at: whether a record starts there depends on the bytes before. The answer is a
/// property of the file and not of the piece, so two neighbours always agree on their border.
pub fn first_border(bytes: &[u8], from: usize) -> Option<usize> {
    // An empty line that ends at `from` started at most three bytes before it, behind a line end.
    let scan = from.saturating_sub(4);
    for newline in memchr_iter(b'\n', bytes.get(scan..)?) {
        let next = scan + newline + 1;
        let rest = &bytes[next.min(bytes.len())..];
        let empty = match rest {
            [b'\n', ..] => 1,
            [b'\r', b'\n', ..] => 2,
            [b'\r', b'\r', b'\n', ..] => 3,
            _ => 0,
        };
        if empty > 0 {
            if next + empty >= from {
                return Some(next + empty);
            }
        } else if next >= from && starts_record(rest) {
            return Some(next);
        }
    }
    None
}

/// Whether a line starts with `dn:`, in any case: such a line always starts a record. A byte order mark before it is
/// left over from files that were joined.
pub(crate) fn starts_record(line: &[u8]) -> bool {
    matches!(without_mark(line), [b'd' | b'D', b'n' | b'N', b':', ..])
}

/// A line without a byte order mark.
pub(crate) fn without_mark(line: &[u8]) -> &[u8] {
    line.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_line_or_a_dn_line_is_a_border() {
        let text = b"dn: a\ncn: a\n\ndn: b\r\n\r\ncn: b\ndn: c\n";
        assert_eq!(first_border(text, 1), Some(13));
        assert_eq!(first_border(text, 13), Some(13));
        assert_eq!(first_border(text, 14), Some(22));
        assert_eq!(first_border(text, 23), Some(28));
        assert_eq!(first_border(text, 29), None);
    }

    #[test]
    fn every_start_finds_the_same_borders() {
        let text = b"dn: a\n\n\ndn: b\n x\n\r\n# dn: c\ndn:c\n";
        let all: Vec<usize> = (1..text.len()).filter(|&p| first_border(text, p) == Some(p)).collect();
        for from in 1..text.len() {
            assert_eq!(first_border(text, from), all.iter().copied().find(|&p| p >= from));
        }
    }
}
