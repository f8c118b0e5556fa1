//! Other people's programs, run so that none can hang a test or read what somebody set up for himself.

use std::ffi::OsStr;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

/// What a client may take at most.
const PATIENCE: Duration = Duration::from_secs(60);

/// A program that gets no input and is killed after a minute.
pub(crate) fn client(program: impl AsRef<OsStr>) -> Command {
    patient_client(program, PATIENCE)
}

/// A program that gets no input and is killed after a while.
pub(crate) fn patient_client(program: impl AsRef<OsStr>, patience: Duration) -> Command {
    let mut command = Command::new("timeout");
    command.arg("--kill-after=5").arg(patience.as_secs().to_string()).arg(program).stdin(Stdio::null());
    // Settings of the machine and of whoever runs the tests would change what clients do.
    command.env("LDAPCONF", "/dev/null").env("LC_ALL", "C").env_remove("KRB5_CONFIG").env_remove("KRB5CCNAME");
    command
}

/// What a program wrote on standard output; one that fails, fails the test.
#[track_caller]
pub(crate) fn output_of(command: &mut Command) -> Vec<u8> {
    let output = command.output().expect("the program starts");
    succeeded(&output, &format!("{command:?}"));
    output.stdout
}

/// Stops the test when a program has failed.
#[track_caller]
pub(crate) fn succeeded(output: &Output, what: &str) {
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{what}: {}\n{stderr}\n{stdout}", output.status);
}
