//! Message texts with placeholders: `{count} values in {attribute}`.

/// A text with placeholders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template(Vec<Piece>);

/// Few filled texts have more bytes.
const USUAL: usize = 128;

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    Placeholder(String),
}

impl Template {
    /// Reads a template; every placeholder has to be one of `known`.
    ///
    /// # Errors
    ///
    /// In words, for an unknown or unclosed placeholder.
    pub fn parse(text: &str, known: &[&str]) -> Result<Template, String> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some(open) = rest.find('{') {
            let Some(close) = rest[open..].find('}') else { return Err("a { without a } behind it".to_owned()) };
            let name = &rest[open + 1..open + close];
            if !known.contains(&name) {
                return Err(format!(
                    "{{{name}}} is not filled by this check; it fills {}",
                    known.iter().map(|name| format!("{{{name}}}")).collect::<Vec<_>>().join(" ")
                ));
            }
            if open > 0 {
                pieces.push(Piece::Text(rest[..open].to_owned()));
            }
            pieces.push(Piece::Placeholder(name.to_owned()));
            rest = &rest[open + close + 1..];
        }
        if !rest.is_empty() {
            pieces.push(Piece::Text(rest.to_owned()));
        }
        Ok(Template(pieces))
    }

    /// The text with every placeholder filled: `write` puts what it stands for at the end of the text.
    pub fn fill(&self, mut write: impl FnMut(&str, &mut String)) -> String {
        let mut filled = String::with_capacity(USUAL);
        for piece in &self.0 {
            match piece {
                Piece::Text(text) => filled.push_str(text),
                Piece::Placeholder(name) => write(name, &mut filled),
            }
        }
        filled
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_filled_and_unknown_ones_refused() {
        let template = Template::parse("{count} values in {attribute}", &["count", "attribute"]).unwrap();
        assert_eq!(template.fill(|name, text| text.push_str(&name.to_uppercase())), "COUNT values in ATTRIBUTE");
        assert!(Template::parse("{other}", &["count"]).is_err());
        assert!(Template::parse("{count", &["count"]).is_err());
    }
}
