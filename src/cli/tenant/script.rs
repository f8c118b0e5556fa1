//! `presync tenant script`: the read-only commands that export what `--tenant` reads, page by page as Graph sends it.

use std::io;

use crate::cli::args::GraphTool;
use crate::cli::exit::{Exit, Failure};
use crate::cli::output;

const POWERSHELL: &str = include_str!("script/powershell.ps1");
const AZ: &str = include_str!("script/az.sh");

/// Prints the script of a tool.
pub fn script(tool: GraphTool) -> Result<Exit, Failure> {
    output(Exit::Clean, |out| write(tool, out))
}

fn write(tool: GraphTool, out: &mut dyn io::Write) -> io::Result<()> {
    let (first, notes, script) = match tool {
        GraphTool::Powershell => ("", POWERSHELL_NOTES, POWERSHELL),
        GraphTool::Az => ("#!/usr/bin/env bash\n", AZ_NOTES, AZ),
    };
    write!(out, "{first}")?;
    for note in COMMON.iter().chain(notes).chain(NEXT) {
        writeln!(out, "{}", format!("# {note}").trim_end())?;
    }
    write!(out, "\n{script}")
}

const COMMON: &[&str] = &[
    "What presync needs of the tenant, and no more. It only reads: nothing in the",
    "tenant is changed. Every page is saved as Microsoft Graph sends it, into the",
    "folder tenant, which is called tenant.part until all is written.",
    "",
];

const POWERSHELL_NOTES: &[&str] = &[
    "Where:  Windows PowerShell 5.1 or PowerShell 7, with one module:",
    "        Install-Module Microsoft.Graph.Authentication -Scope CurrentUser",
    "        Save this as export-tenant.ps1, then",
    "        powershell -ExecutionPolicy Bypass -File export-tenant.ps1",
    "Rights: read-only permissions, asked for when it connects:",
    "        User.Read.All        users and deleted users",
    "        Group.Read.All       groups, deleted groups, members of role groups",
    "        OrgContact.Read.All  contacts",
    "        Domain.Read.All      domains",
    "        OnPremDirectorySynchronization.Read.All  synchronization features",
    "        RoleManagement.Read.Directory            roles, who holds them",
    "        An administrator has to consent to them once. The account needs a",
    "        directory role that may read, such as Global Reader.",
    "Clouds: another one than the global: Connect-MgGraph -Environment USGov ...",
];

const AZ_NOTES: &[&str] = &[
    "Where:  any shell with the Azure CLI, after az login. Save this as",
    "        export-tenant.sh, then bash export-tenant.sh",
    "Rights: az login gives a fixed set of permissions, which may lack some. Where",
    "        Graph refuses, sign in as an application (az login --service-principal",
    "        ...) that has these, all read-only:",
    "        User.Read.All        users and deleted users",
    "        Group.Read.All       groups, deleted groups, members of role groups",
    "        OrgContact.Read.All  contacts",
    "        Domain.Read.All      domains",
    "        OnPremDirectorySynchronization.Read.All  synchronization features",
    "        RoleManagement.Read.Directory            roles, who holds them",
    "Clouds: another one than the global has another address; put it behind graph=.",
];

const NEXT: &[&str] = &[
    "Care:   the files hold names, addresses and roles of everybody. Keep them",
    "        where only you can read them, and delete them when you are done.",
    "",
    "Next:   presync check export.ldf --tenant tenant",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn text(tool: GraphTool) -> String {
        let mut out = Vec::new();
        write(tool, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    const TOOLS: [GraphTool; 2] = [GraphTool::Powershell, GraphTool::Az];

    #[test]
    fn comments_fit_the_screen() {
        for tool in TOOLS {
            assert!(text(tool).lines().filter(|line| line.starts_with('#')).all(|line| line.len() <= 100), "{tool:?}");
        }
        assert!([COMMON, POWERSHELL_NOTES, AZ_NOTES, NEXT].concat().iter().all(|note| note.len() <= 78));
    }

    #[test]
    fn everything_that_is_read_is_asked_for() {
        for tool in TOOLS {
            let text = text(tool);
            // members are asked for group by group, and Graph sends @odata.type by itself.
            for property in crate::tenant::Property::of_objects() {
                assert!(text.contains(property.name()), "{tool:?}: {property:?}");
            }
            assert!(text.contains("isPrivileged"));
        }
    }

    #[test]
    fn nothing_but_reading_is_asked_for() {
        for tool in TOOLS {
            let text = text(tool);
            for permission in text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '.')).filter(|word| word.contains(".Read")) {
                assert!(permission.ends_with(".Read.All") || permission.ends_with(".Read.Directory"), "{permission}");
            }
            for method in ["POST", "PATCH", "DELETE", "PUT"] {
                assert!(!text.contains(&format!("-Method {method}")) && !text.contains(&format!("--method {}", method.to_lowercase())));
            }
        }
    }

    #[test]
    fn an_administrator_can_save_it_with_any_encoding() {
        assert!(TOOLS.iter().all(|tool| text(*tool).is_ascii()));
    }
}
