//! The file of a baseline: text in a fixed order, a line a finding, for a reader of its changes.
//!
//! `duplicate/proxy-address error 5c2a81d0e1b2c3aa 2 holders 0a1b2c3d 4e5f6071`

use std::fmt;
use std::sync::Arc;

use super::{Baseline, Entry, Holders};
use crate::rules::Severity;

/// The first line, without the number of the format.
const TITLE: &str = "# presync baseline, format ";
const FORMAT: &str = "1";

/// What the first lines tell a reader.
const HEADER: &str = "\
# Known findings, in the order of rules: rule, severity, fingerprint; of a conflict
# also how many hold the value, with a hash for each of them.
# Written by presync baseline create, update and prune; presync baseline show counts.
";

/// Stands in front of names.
const NAMES: &str = "  # ";

/// A file that is no baseline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MalformedBaseline {
    /// The line, counted from 1.
    pub line: usize,
    /// What is wrong with it.
    pub reason: &'static str,
    /// What to do.
    pub help: &'static str,
}

/// What to do about a line that cannot be read.
const RESTORE: &str = "take the file from version control again, remove the line, or make it anew with presync baseline create --force";

impl Baseline {
    /// Whether a text is a baseline of some format.
    pub fn is_one(text: &[u8]) -> bool {
        text.starts_with(TITLE.as_bytes())
    }

    /// Reads the text of a file.
    ///
    /// # Errors
    ///
    /// The first line that is not one of a baseline.
    pub fn parse(text: &[u8]) -> Result<Baseline, MalformedBaseline> {
        let text = std::str::from_utf8(text).map_err(|error| MalformedBaseline {
            line: text[..error.valid_up_to()].iter().filter(|&&byte| byte == b'\n').count() + 1,
            reason: "not UTF-8",
            help: RESTORE,
        })?;
        let mut lines = text.lines().map(str::trim_end).enumerate().map(|(at, line)| (at + 1, line));
        let title = lines.next().map_or("", |(_, title)| title);
        match title.strip_prefix(TITLE) {
            Some(FORMAT) => {}
            Some(_) => {
                return Err(MalformedBaseline {
                    line: 1,
                    reason: "a format that this version of presync does not know",
                    help: "use the version of presync that wrote it, or a later one",
                });
            }
            None => {
                return Err(MalformedBaseline {
                    line: 1,
                    reason: "not a baseline of presync",
                    help: "name a file that presync baseline create has written",
                });
            }
        }
        let mut entries: Vec<Entry> = Vec::new();
        for (line, text) in lines.filter(|(_, text)| !text.is_empty() && !text.starts_with('#')) {
            let malformed = |reason, help| MalformedBaseline { line, reason, help };
            if ["<<<<<<<", "=======", ">>>>>>>", "|||||||"].iter().any(|mark| text.starts_with(mark)) {
                let help = "keep the lines of both sides and remove the marks; the order does not matter";
                return Err(malformed("a merge conflict that nobody has resolved", help));
            }
            let last = entries.last().map(|entry| &entry.rule);
            entries.push(entry(text, last).map_err(|reason| malformed(reason, RESTORE))?);
        }
        Ok(Baseline::new(entries))
    }
}

/// Reads a line. The rule is often that of the line before.
fn entry(line: &str, last: Option<&Arc<str>>) -> Result<Entry, &'static str> {
    let (line, names) = match line.split_once(NAMES) {
        Some((line, names)) => (line, Some(names.to_owned())),
        None => (line, None),
    };
    let mut words = line.split(' ').peekable();
    let rule = words.next().unwrap_or_default().replace("%20", " ");
    if !rule.contains('/') {
        return Err("a line that does not start with the id of a rule");
    }
    let severity = words.next().and_then(|word| Severity::ALL.into_iter().find(|severity| severity.as_str() == word));
    let severity = severity.ok_or("no severity behind the rule")?;
    let id = words.next().filter(|word| word.len() == 16 && word.bytes().all(|byte| byte.is_ascii_hexdigit()));
    let id = id.and_then(|id| u64::from_str_radix(id, 16).ok()).ok_or("no fingerprint of 16 digits behind the severity")?;
    let needs_tenant = words.next_if_eq(&"tenant").is_some();
    let holders = match (words.next(), words.next()) {
        (None, _) => None,
        (Some(count), Some("holders")) => {
            let holders = Holders::parse(words).filter(|holders| count.parse() == Ok(holders.count()));
            Some(holders.ok_or("not as many hashes of holders as it says")?)
        }
        (Some(_), _) => return Err("words behind the fingerprint that mean nothing"),
    };
    let rule = last.filter(|last| ***last == *rule).cloned().unwrap_or_else(|| rule.into());
    Ok(Entry { rule, severity, id, holders, needs_tenant, names })
}

impl fmt::Display for Baseline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{TITLE}{FORMAT}")?;
        f.write_str(HEADER)?;
        for entry in &self.entries {
            write!(f, "{} {} {:016x}", entry.rule.replace(' ', "%20"), entry.severity, entry.id)?;
            if entry.needs_tenant {
                f.write_str(" tenant")?;
            }
            if let Some(holders) = &entry.holders {
                write!(f, " {} holders{holders}", holders.count())?;
            }
            if let Some(names) = &entry.names {
                write!(f, "{NAMES}{names}")?;
            }
            writeln!(f)?;
        }
        Ok(())
    }
}
