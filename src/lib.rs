//! presync predicts the errors that Microsoft Entra Connect will raise, before a directory is synchronised.
//!
//! It does what Entra Connect does, in the same three steps, import, synchronisation and export, and writes to no
//! directory. Data goes one way, from room to room:
//!
//! - [`source`]: where bytes come from: files, folders, standard input, through the spool where they cannot be read twice.
//! - [`ldif`]: the text format: cut a stream into records, read a record.
//! - [`json`]: the other text format, of exports of the cloud and of saved reports: find where values start and end.
//! - [`directory`]: the model: an object is a view of one record; an index of a few bytes an object.
//! - [`sync`]: what Entra Connect makes of an object: exported or not, by which clause; its anchor, names, addresses.
//! - [`tenant`]: what the cloud already holds: exports of Microsoft Graph, and what their objects can be found by.
//! - [`rules`]: rule files, their engines, and the run: a survey of all records, a judge of what met.
//! - [`finding`]: which rule, which objects, which attribute and value. [`sync_error`]: the closed catalogue of errors.
//! - [`predict`]: what the cloud will answer to a finding.
//! - [`preview`]: what an exported object will be in the cloud, value by value.
//! - [`triage`]: the only place where policy touches findings.
//! - [`diff`]: what differs between two runs.
//! - [`report`]: one file a format.
//! - [`cli`]: arguments, settings, exit codes, terminal; the only room that prints, exits or looks at the environment.

pub mod cli;
pub mod diff;
pub mod directory;
pub mod finding;
pub mod json;
pub mod ldif;
pub mod predict;
pub mod preview;
pub mod report;
pub mod rules;
pub mod source;
pub mod sync;
pub mod sync_error;
pub mod tenant;
pub mod triage;
