//! How text compares in a directory and in the cloud: simple case folding, one character for one character.

/// Appends the text in the form in which it compares. Bytes that are not UTF-8 stay as they are.
pub fn fold_into(text: &[u8], folded: &mut Vec<u8>) {
    let start = folded.len();
    if text.is_ascii() {
        folded.extend_from_slice(text);
    } else if let Ok(text) = std::str::from_utf8(text) {
        fold_others_into(text, folded);
    } else {
        for chunk in text.utf8_chunks() {
            fold_others_into(chunk.valid(), folded);
            folded.extend_from_slice(chunk.invalid());
        }
    }
    folded[start..].make_ascii_lowercase();
}

/// Whether all letters are those of ASCII and Western Europe: two texts of such letters that differ in nothing but case differ
/// in nothing but one bit, 0x20, of some bytes. Bytes that are not UTF-8 do not matter.
pub fn is_case_a_bit(text: &[u8]) -> bool {
    // The letters from À to ÿ start with 0xC3, and what goes on is less than 0xC0. All are looked at, many at once.
    !text.iter().fold(false, |other, &byte| other | ((byte >= 0xC0) & (byte != 0xC3)))
}

/// Appends the text with all letters folded but those of ASCII.
fn fold_others_into(text: &str, folded: &mut Vec<u8>) {
    let mut rest = text;
    // Names are mostly ASCII between their other letters.
    while let Some(other) = first_other(rest.as_bytes()) {
        folded.extend_from_slice(&rest.as_bytes()[..other]);
        let mut chars = rest[other..].chars();
        if let Some(c) = chars.next() {
            folded.extend_from_slice(fold_char(c).encode_utf8(&mut [0; 4]).as_bytes());
        }
        rest = chars.as_str();
    }
    folded.extend_from_slice(rest.as_bytes());
}

/// The position of the first byte that is not ASCII.
fn first_other(text: &[u8]) -> Option<usize> {
    let (words, rest) = text.as_chunks();
    for (at, word) in words.iter().enumerate() {
        let others = u64::from_le_bytes(*word) & u64::from_le_bytes([0x80; 8]);
        if others != 0 {
            return Some(at * 8 + others.trailing_zeros() as usize / 8);
        }
    }
    rest.iter().position(|byte| !byte.is_ascii()).map(|at| words.len() * 8 + at)
}

/// The text in the form in which it compares.
pub fn folded(text: &[u8]) -> Vec<u8> {
    let mut folded = Vec::with_capacity(text.len());
    fold_into(text, &mut folded);
    folded
}

fn fold_char(c: char) -> char {
    if c.is_ascii() {
        return c.to_ascii_lowercase();
    }
    // The letters of Western Europe, without a search.
    match c {
        'À'..='Ö' | 'Ø'..='Þ' => return char::from(c as u8 + 0x20),
        'ß'..='ÿ' => return c,
        _ => {}
    }
    // Letters of other shapes that fold into the usual one although they are lower case already.
    let usual = match c {
        'ς' => 'σ',
        'ſ' => 's',
        'µ' => 'μ',
        'ϐ' => 'β',
        'ϑ' => 'θ',
        'ϕ' => 'φ',
        'ϖ' => 'π',
        'ϰ' => 'κ',
        'ϱ' => 'ρ',
        'ϵ' => 'ε',
        'ẛ' => 'ṡ',
        'ι' => 'ι',
        other => other,
    };
    let mut lower = usual.to_lowercase();
    match (lower.next(), lower.next()) {
        (Some(lower), None) => lower,
        _ => c,
    }
}

/// Whether the text starts with the (ASCII, lower-case) prefix, in any case.
pub fn starts_with(text: &[u8], prefix: &str) -> bool {
    text.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_does_not_count_in_any_alphabet() {
        assert_eq!(folded("Größe ÅNGSTRÖM ИВАНОВ ΣΟΦΟΣ".as_bytes()), folded("größe ångström иванов σοφος".as_bytes()));
        assert_ne!(folded("straße".as_bytes()), folded("strasse".as_bytes()));
        assert_eq!(folded(b"A\xffB"), b"a\xffb");
        for place in 0..20 {
            let text = format!("{}É{}", "A".repeat(place), "B".repeat(20 - place));
            assert_eq!(folded(text.as_bytes()), text.to_lowercase().as_bytes());
            let broken = [text.as_bytes(), b"\xC3"].concat();
            assert_eq!(folded(&broken), [text.to_lowercase().as_bytes(), b"\xC3"].concat());
        }
    }

    #[test]
    fn where_case_is_a_bit_folding_changes_nothing_else() {
        let same = |text: &[u8]| {
            let without = |bytes: &[u8]| bytes.iter().map(|byte| byte | 0x20).collect::<Vec<u8>>();
            without(&folded(text)) == without(text)
        };
        for text in ["", "a", "É", "é", "ß", "ÿ", "×÷", "Ann Åkerblom,ou=Ö", "AÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖØÙÚÛÜÝÞ"] {
            assert!(is_case_a_bit(text.as_bytes()) && same(text.as_bytes()), "{text}");
            let broken = [text.as_bytes(), b"\xC3", text.as_bytes(), b"\xBF"].concat();
            assert!(is_case_a_bit(&broken) && same(&broken), "{text}");
        }
        // One is longer than its fold, one is in another row.
        for text in ["ſ", "µ", "Ÿ", "д", "Ａ"] {
            assert!(!is_case_a_bit(text.as_bytes()), "{text}");
        }
        assert!(!same("ſ".as_bytes()) && !same("µ".as_bytes()));
    }

    #[test]
    fn a_letter_of_latin_1_is_folded_as_unicode_folds_it() {
        for c in ('\u{80}'..='\u{FF}').filter(|&c| c != 'µ') {
            assert_eq!(c.to_lowercase().collect::<Vec<_>>(), [fold_char(c)]);
        }
    }
}
