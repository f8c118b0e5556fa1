//! The rules that come with the program: every file under rules/, put in by build.rs.

/// Id and text of each rule file, and where in it the examples start, in the order of the ids.
pub const FILES: &[(&str, &str, usize)] = include!(concat!(env!("OUT_DIR"), "/rules.rs"));
