//! `presync export-command`: what an administrator has to run to get a good snapshot, with the attributes that are
//! read and no others.

use std::io;

use super::args::{ExportArguments, Tool};
use super::exit::{Exit, Failure};
use super::{output, rules};
use crate::report::visible::visible;
use crate::rules::RuleSet;

/// The objects that are needed: users, contacts and groups.
const FILTER: &str = "(|(objectCategory=person)(objectCategory=group))";
/// The domain that stands in the commands where none was named.
const PLACEHOLDER: &str = "contoso.com";
/// Columns of the lists of attributes.
const WIDTH: usize = 78;
/// Writes LDIF, with contoso.com as domain and an empty list of attributes.
const SCRIPT: &str = include_str!("export_command/Get-ADObject.ps1");

/// Runs the command.
pub fn export_command(arguments: &ExportArguments) -> Result<Exit, Failure> {
    let rules = rules::all(&arguments.rule_folders)?;
    let domain = arguments.domain.as_deref().map(domain).transpose()?;
    let export = Export { attributes: attributes(&rules)?, domain };
    let all = [Tool::Ldifde, Tool::Ldapsearch, Tool::GetAdObject];
    let tools = arguments.tool.as_ref().map_or(&all[..], std::slice::from_ref);
    output(Exit::Clean, |out| {
        for (at, tool) in tools.iter().enumerate() {
            if at > 0 {
                writeln!(out)?;
            }
            export.write(*tool, out)?;
        }
        Ok(())
    })
}

/// The domain of a command: nothing that a console could write in another encoding, and nothing but a name.
fn domain(name: &str) -> Result<String, Failure> {
    let plain = super::config::domain(name)?;
    if plain.is_ascii() {
        return Ok(plain);
    }
    let message = format!("{} is not written in ASCII", visible(name));
    Err(Failure::words(message, "name the domain as DNS does, in its xn-- form"))
}

/// The attributes that the rules and the program read. A name of somebody's rule file must not bring a command along.
fn attributes(rules: &RuleSet) -> Result<Vec<String>, Failure> {
    let table = rules.attribute_table([], true);
    let is_name = |name: &str| {
        let inner = |c: char| c.is_ascii_alphanumeric() || c == '-';
        name.starts_with(|c: char| c.is_ascii_alphabetic()) && name.chars().all(inner)
    };
    if let Some(odd) = table.wanted_names().find(|name| !is_name(name)) {
        let message = format!("{} is not the name of an attribute", visible(odd));
        return Err(Failure::words(message, "a rule of --rules names it; names have letters, digits and hyphens"));
    }
    Ok(table.wanted_names().map(str::to_owned).collect())
}

/// What is to be exported.
struct Export {
    attributes: Vec<String>,
    /// `None` where the reader has to put in the name.
    domain: Option<String>,
}

impl Export {
    fn write(&self, tool: Tool, out: &mut dyn io::Write) -> io::Result<()> {
        let comment = if tool == Tool::Ldifde { "REM" } else { "#" };
        for note in self.notes(tool) {
            writeln!(out, "{}", format!("{comment} {note}").trim_end())?;
        }
        writeln!(out)?;
        match tool {
            Tool::Ldifde => {
                let (base, attributes) = (self.base(), self.attributes.join(","));
                writeln!(out, "ldifde -f export.ldf -s {} -d \"{base}\" -p subtree -r \"{FILTER}\" -l \"{attributes}\"", self.domain())
            }
            Tool::Ldapsearch => {
                let domain = self.domain();
                writeln!(out, "ldapsearch -H ldaps://dc1.{domain} -x -D reader@{domain} -W \\")?;
                writeln!(out, "  -b '{}' -s sub -E pr=1000/noprompt -LLL -o ldif_wrap=no \\", self.base())?;
                writeln!(out, "  '{FILTER}' \\")?;
                for line in self.lines(" ", "", 2) {
                    writeln!(out, "  {line} \\")?;
                }
                writeln!(out, "  > export.ldf && echo 'export.ldf is complete'")
            }
            Tool::GetAdObject => {
                let list = format!("@(\n    {}\n)", self.lines(", ", "'", 4).join(",\n    "));
                let script = SCRIPT.replace("@()", &list).replace("DC=contoso,DC=com", &self.base()).replace(PLACEHOLDER, self.domain());
                write!(out, "{script}")
            }
        }
    }

    fn domain(&self) -> &str {
        self.domain.as_deref().unwrap_or(PLACEHOLDER)
    }

    /// The distinguished name of the whole domain.
    fn base(&self) -> String {
        self.domain().split('.').map(|label| format!("DC={label}")).collect::<Vec<_>>().join(",")
    }

    /// The attributes in lines of some length.
    fn lines(&self, between: &str, quote: &str, indent: usize) -> Vec<String> {
        let mut lines: Vec<String> = Vec::new();
        for name in &self.attributes {
            let name = format!("{quote}{name}{quote}");
            match lines.last_mut() {
                Some(line) if indent + line.len() + between.len() + name.len() + 2 <= WIDTH => {
                    line.push_str(between);
                    line.push_str(&name);
                }
                Some(_) | None => lines.push(name),
            }
        }
        lines
    }

    /// What has to be known before the command is run.
    fn notes(&self, tool: Tool) -> Vec<&'static str> {
        let mut notes =
            vec!["What presync needs of Active Directory, and no more. It only reads: nothing", "in the directory is changed.", ""];
        notes.extend(match tool {
            Tool::Ldifde => [
                "Where:  a command prompt (cmd) on a domain controller, or on a member of",
                "        the domain with the AD DS tools.",
                "        It has to end with: The command has completed successfully",
            ],
            Tool::Ldapsearch => [
                "Where:  any system that reaches a domain controller on port 636. With a",
                "        Kerberos ticket write -Y GSSAPI in place of -x -D ... -W. Is the",
                "        certificate not trusted: LDAPTLS_CACERT=ca.pem ldapsearch ...",
            ],
            Tool::GetAdObject => [
                "Where:  Windows PowerShell 5.1 or later with the module ActiveDirectory",
                "        (RSAT), saved as export.ps1:",
                "        powershell -ExecutionPolicy Bypass -File export.ps1",
            ],
        });
        notes.extend([
            "Rights: an ordinary domain account. Where reading was restricted, use one",
            "        that may read as much as the account of Entra Connect: values that",
            "        an account may not see are missing, and nothing says so.",
        ]);
        if self.domain.is_none() {
            notes.extend([
                "Domain: put yours in place of contoso.com and DC=contoso,DC=com, or let",
                "        presync export-command --domain NAME do it.",
            ]);
        }
        if tool == Tool::Ldapsearch {
            notes.push("Names:  dc1 stands for a domain controller, reader for an account.");
        }
        notes.extend([
            "Forest: run it once for each domain, each with its own file, and check the",
            "        files together: a conflict can lie between two domains.",
            "Anchor: if the source anchor or the user name comes from another attribute,",
            "        such as employeeID, add that to the list.",
        ]);
        notes.extend(match tool {
            Tool::Ldifde | Tool::Ldapsearch => [
                "Groups: a domain controller cuts an attribute after 1,500 values (member).",
                "        Then the file has lines that begin with member;range=0-1499, and",
                "        the report of presync names the group.",
            ],
            Tool::GetAdObject => [
                "Groups: a domain controller hands over 1,500 or 5,000 values of an attribute",
                "        (member) at a time. The script warns of every one that has exactly so",
                "        many: it may be cut.",
            ],
        });
        notes.extend(match tool {
            Tool::Ldifde => &[
                "Text:   no -u: without it ldifde writes what is not ASCII as base64. Nothing",
                "        is lost, and the file has half the size of UTF-16. No -m and no -n,",
                "        which would leave out objectGUID, certificates and photos.",
            ][..],
            Tool::Ldapsearch => &[],
            Tool::GetAdObject => &[
                "Format: LDIF in UTF-8, all values in base64. presync does not read the files",
                "        of Export-Csv and Export-Clixml. Until all is written, the file is",
                "        called export.ldf.part.",
            ],
        });
        notes.extend(["", "Next:   presync check export.ldf"]);
        notes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn export(domain: Option<&str>) -> Export {
        let domain = domain.map(|name| super::domain(name).unwrap());
        Export { attributes: attributes(&RuleSet::built_in().unwrap()).unwrap(), domain }
    }

    fn text(tool: Tool, domain: Option<&str>) -> String {
        let mut out = Vec::new();
        export(domain).write(tool, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn the_domain_stands_in_every_command() {
        for tool in [Tool::Ldifde, Tool::Ldapsearch, Tool::GetAdObject] {
            let text = text(tool, Some("Corp.Fabrikam.COM."));
            assert!(text.contains("DC=corp,DC=fabrikam,DC=com") && text.contains("corp.fabrikam.com"), "{text}");
            assert!(!text.contains("contoso"), "{text}");
        }
    }

    #[test]
    fn a_domain_cannot_bring_a_command_along() {
        for name in ["", ".", "a..b", "a;b", "a b", "$(id).com", "a'b", "a\"b", "DC=contoso,DC=com", "-x.com", "münchen.de"] {
            assert!(domain(name).is_err(), "{name}");
        }
        assert!(["contoso.com", "contoso", "_a.b-c.de"].iter().all(|name| domain(name).is_ok()));
    }

    #[test]
    fn comments_hold_nothing_that_a_command_prompt_obeys() {
        let text = text(Tool::Ldifde, None);
        let (comments, commands): (Vec<&str>, Vec<&str>) =
            text.lines().filter(|line| !line.is_empty()).partition(|line| line.starts_with("REM"));
        assert_eq!(commands.len(), 1);
        assert!(commands[0].len() < 8191, "longer than a command prompt accepts");
        assert!(!comments.iter().any(|line| line.contains(['|', '&', '<', '>', '^', '%'])), "{text}");
    }

    #[test]
    fn comments_fit_the_screen() {
        for tool in [Tool::Ldifde, Tool::Ldapsearch, Tool::GetAdObject] {
            let text = text(tool, None);
            assert!(text.lines().filter(|line| line.starts_with("REM") || line.starts_with('#')).all(|line| line.len() <= 80), "{text}");
        }
    }

    #[test]
    fn the_script_has_what_is_replaced_in_it() {
        for part in ["@()", "DC=contoso,DC=com", PLACEHOLDER, FILTER] {
            assert!(SCRIPT.contains(part), "{part}");
        }
        assert_eq!(SCRIPT.matches("@()").count(), 1);
    }
}
