//! CSV as RFC 4180 has it, in a form in which a spreadsheet runs nothing.

use std::io::{self, Write};

/// Makes spreadsheets and Windows PowerShell read UTF-8.
pub const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// Writes a row. A cell that a spreadsheet would take for a formula gets an apostrophe in front.
///
/// # Errors
///
/// Those of the output.
pub fn row<T: AsRef<str>>(output: &mut impl Write, cells: impl IntoIterator<Item = T>) -> io::Result<()> {
    for (at, cell) in cells.into_iter().enumerate() {
        if at > 0 {
            output.write_all(b",")?;
        }
        write_cell(output, cell.as_ref())?;
    }
    output.write_all(b"\r\n")
}

fn write_cell(output: &mut impl Write, text: &str) -> io::Result<()> {
    let guard = if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { "'" } else { "" };
    if !text.contains(['"', ',', '\r', '\n']) {
        return write!(output, "{guard}{text}");
    }
    write!(output, "\"{guard}{}\"", text.replace('"', "\"\""))
}

/// Several values in one cell, between semicolons; those within a value are escaped as csvde does.
pub fn list<T: AsRef<str>>(values: impl IntoIterator<Item = T>) -> String {
    let values: Vec<String> = values.into_iter().map(|value| value.as_ref().replace('\\', "\\\\").replace(';', "\\;")).collect();
    values.join(";")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(cells: &[&str]) -> String {
        let mut text = Vec::new();
        row(&mut text, cells).unwrap();
        String::from_utf8(text).unwrap()
    }

    #[test]
    fn cells_are_quoted_where_they_have_to_be() {
        assert_eq!(
            written(&["a", "", "b c", "CN=a,DC=b", "say \"x\"", "two\r\nlines"]),
            "a,,b c,\"CN=a,DC=b\",\"say \"\"x\"\"\",\"two\r\nlines\"\r\n"
        );
    }

    #[test]
    fn no_cell_is_a_formula() {
        for start in ["=", "+", "-", "@", "\t"] {
            assert_eq!(written(&[&format!("{start}1")]), format!("'{start}1\r\n"));
        }
        assert_eq!(written(&["=1,2", "\r1"]), "\"'=1,2\",\"'\r1\"\r\n");
    }

    #[test]
    fn a_list_can_be_taken_apart_again() {
        assert_eq!(list(["smtp:a@b", "X400:c=us;a= \\"]), "smtp:a@b;X400:c=us\\;a= \\\\");
    }
}
