//! The program: everything is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    presync::cli::main(std::env::args_os().collect())
}
