//! How text compares in a directory and in the cloud: simple case folding, one character for one character.

/// Appends the text in the form in which it compares. Bytes that are not UTF-8 stay as they are.
pub fn fold_into(text: &[u8], folded: &mut Vec<u8>) {
    if text.is_ascii() {
        let start = folded.len();
        folded.extend_from_slice(text);
        folded[start..].make_ascii_lowercase();
        return;
    }
    for chunk in text.utf8_chunks() {
        let mut rest = chunk.valid();
        // Names are mostly ASCII between their other letters.
        while let Some(other) = rest.bytes().position(|byte| !byte.is_ascii()) {
            folded.extend(rest[..other].bytes().map(|byte| byte.to_ascii_lowercase()));
            let mut chars = rest[other..].chars();
            if let Some(c) = chars.next() {
                folded.extend_from_slice(fold_char(c).encode_utf8(&mut [0; 4]).as_bytes());
            }
            rest = chars.as_str();
        }
        folded.extend(rest.bytes().map(|byte| byte.to_ascii_lowercase()));
        folded.extend_from_slice(chunk.invalid());
    }
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
    }

    #[test]
    fn a_letter_of_latin_1_is_folded_as_unicode_folds_it() {
        for c in ('\u{80}'..='\u{FF}').filter(|&c| c != 'µ') {
            assert_eq!(c.to_lowercase().collect::<Vec<_>>(), [fold_char(c)]);
        }
    }
}
