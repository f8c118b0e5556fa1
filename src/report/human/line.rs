//! Lines of an entry as people read them: the name of the object, and the line that a value is on.

use super::text::{counted, fit};
use crate::ldif::folds::unfold;
use crate::report::view::SiteView;
use crate::report::visible::{visible, visible_bytes};

/// What a value in base64 says is cut at so many columns.
const LONGEST: usize = 400;

/// A line of the file without its folds.
pub(crate) struct SourceLine {
    /// Its number in the file; a live directory has none.
    pub(crate) number: Option<u64>,
    /// What stands before the value: `mail: `.
    pub(crate) before: String,
    /// The value, unfolded.
    pub(crate) value: Vec<u8>,
    /// Whether the value is in base64.
    pub(crate) base64: bool,
    /// What a value in base64 says.
    pub(crate) says: Option<String>,
    /// Whether there are lines between the name of the object and this one.
    pub(crate) gap: bool,
}

impl SourceLine {
    /// The line of the name.
    pub(crate) fn name(site: &SiteView) -> SourceLine {
        if site.dn.is_empty() {
            // A line of the settings, as it stands there.
            let value = site.record.clone();
            return SourceLine { number: site.record_line, before: String::new(), value, base64: false, says: None, gap: false };
        }
        SourceLine {
            number: site.record_line,
            before: "dn: ".to_owned(),
            value: site.dn.clone().into_bytes(),
            base64: false,
            says: None,
            gap: false,
        }
    }

    /// The line of the value, if there is one and it is not the name.
    pub(crate) fn value(site: &SiteView) -> Option<SourceLine> {
        let record = site.record.as_slice();
        let range = site.range.clone()?;
        let bytes = record.get(range.clone())?;
        let name_ends = line_end(record);
        let start = line_start(record, range.start);
        if start < name_ends {
            return None;
        }
        let before = unfold(&record[start..range.start]);
        let base64 = before.trim_ascii_end().ends_with(b"::");
        let says = match (base64, &site.value, site.value_bytes) {
            (false, ..) | (true, None, None) => None,
            (true, Some(text), _) => Some(format!("decoded: {}", fit(&visible(text), LONGEST))),
            (true, None, Some(size)) => Some(counted(size as u64, "byte", "bytes")),
        };
        let mut value = unfold(bytes);
        while value.last().is_some_and(|byte| matches!(byte, b'\r' | b'\n')) {
            value.pop();
        }
        let number = site.record_line.map(|line| line + memchr::memchr_iter(b'\n', &record[..start]).count() as u64);
        Some(SourceLine { number, before: visible_bytes(&before), value, base64, says, gap: start > name_ends })
    }
}

/// Where the logical line that holds a position starts.
fn line_start(record: &[u8], mut at: usize) -> usize {
    while let Some(newline) = memchr::memrchr(b'\n', &record[..at]) {
        if !is_fold(record, newline) {
            return newline + 1;
        }
        at = newline;
    }
    0
}

/// Where the first logical line ends, its line end included.
fn line_end(record: &[u8]) -> usize {
    memchr::memchr_iter(b'\n', record).find(|&newline| !is_fold(record, newline)).map_or(record.len(), |newline| newline + 1)
}

fn is_fold(record: &[u8], newline: usize) -> bool {
    matches!(record.get(newline + 1), Some(b' ' | b'\t'))
}
