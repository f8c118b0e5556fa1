//! The command `generate`: writes an export of an Active Directory and, beside it, what is wrong in it.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command speaks to people")]

#[path = "mod.rs"]
mod generator;

use generator::{Defect, Forest, Later, Options, Style, Trap, generate, generate_later, generate_tenant};
use std::error::Error;
use std::fmt::Display;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::process::ExitCode;
use std::str::FromStr;
use std::time::Instant;

const USAGE: &str = "\
usage: generate [OPTION]... -o FILE

Writes FILE (LDIF), FILE.defects.tsv (rule, kind, dn...) and FILE.traps.tsv (kind, dn).

  --objects N          how many objects (10000)
  --seed S             what chance starts from (1)
  --style STYLE        ldifde or ldapsearch (ldifde)
  --defect-rate R      defects of each kind, as a part of all objects; 0 for a clean directory (0.0002)
  --photos F           the part of users with a photo (0)
  --certificates F     the part of users with certificates (0.15)
  --members F          the mean number of members of a group (10)
  --dirty              a cheap defect on every other user as well
  --tenant DIR         writes into DIR, as pages of Microsoft Graph, the tenant that is in step with the directory

  --later LATER        writes LATER, the same directory some days later, with LATER.defects.tsv and LATER.traps.tsv, and
                       LATER.changes.tsv (rule, kind, dn now, dn before), LATER.silent.tsv (kind, dn) and
                       LATER.next-export.tsv (add, update or delete; dn before; dn now; attributes)
  --later-style STYLE  ldifde or ldapsearch (as --style)
  --reordered          its records are in another order
  --stays              no organizational unit was renamed or moved, and no object
  --change-rate R      objects with each kind of change, as a part of all, and ten times as many new ones (0.0002)
  --deletions N        users that are gone, one organizational unit after the other (0)
  --forest HOW         everything is in another forest: bare, or anchored, with the former source anchors

The changes count on --federated-domain contoso.com --federated-domain fabrikam.com and
--exclude-ou OU=Leavers,DC=corp,DC=contoso,DC=com.";

/// What is asked for.
struct Command {
    options: Options,
    file: String,
    tenant: Option<String>,
    later: Later,
    later_file: Option<String>,
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.iter().any(|argument| argument == "-h" || argument == "--help") {
        println!("{USAGE}");
        return ExitCode::SUCCESS;
    }
    let command = match parse(arguments) {
        Ok(parsed) => parsed,
        Err(problem) => {
            eprintln!("generate: {problem}\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    match run(&command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("generate: {}: {problem}", command.file);
            ExitCode::FAILURE
        }
    }
}

fn parse(arguments: Vec<String>) -> Result<Command, String> {
    let (mut options, mut later, mut later_style) = (Options::default(), Later::default(), None);
    let (mut file, mut tenant, mut later_file) = (None, None, None);
    let mut arguments = arguments.into_iter();
    while let Some(name) = arguments.next() {
        let switch = match name.as_str() {
            "--dirty" => Some((&mut options.dirty, true)),
            "--reordered" => Some((&mut later.reordered, true)),
            "--stays" => Some((&mut later.reorganised, false)),
            _ => None,
        };
        if let Some((switch, value)) = switch {
            *switch = value;
            continue;
        }
        let value = arguments.next().ok_or_else(|| format!("{name}: not an option, or without its value"))?;
        match name.as_str() {
            "--objects" => options.objects = number(&name, &value)?,
            "--seed" => options.seed = number(&name, &value)?,
            "--style" => options.style = style(&name, &value)?,
            "--defect-rate" => options.defect_rate = number(&name, &value)?,
            "--photos" => options.photos = number(&name, &value)?,
            "--certificates" => options.certificates = number(&name, &value)?,
            "--members" => options.members = number(&name, &value)?,
            "--tenant" => tenant = Some(value),
            "--later" => later_file = Some(value),
            "--later-style" => later_style = Some(style(&name, &value)?),
            "--change-rate" => later.change_rate = number(&name, &value)?,
            "--deletions" => later.deletions = number(&name, &value)?,
            "--forest" => later.forest = Some(forest(&value)?),
            "-o" => file = Some(value),
            _ => return Err(format!("{name}: no such option")),
        }
    }
    later.style = later_style.unwrap_or(options.style);
    Ok(Command { options, file: file.ok_or("-o FILE is missing")?, tenant, later, later_file })
}

fn number<N: FromStr<Err: Display>>(name: &str, value: &str) -> Result<N, String> {
    value.parse().map_err(|problem| format!("{name} {value}: {problem}"))
}

fn style(name: &str, value: &str) -> Result<Style, String> {
    match value {
        "ldifde" => Ok(Style::Ldifde),
        "ldapsearch" => Ok(Style::Ldapsearch),
        _ => Err(format!("{name} {value}: neither ldifde nor ldapsearch")),
    }
}

fn forest(value: &str) -> Result<Forest, String> {
    match value {
        "bare" => Ok(Forest::Bare),
        "anchored" => Ok(Forest::Anchored),
        _ => Err(format!("--forest {value}: neither bare nor anchored")),
    }
}

fn run(command: &Command) -> Result<(), Box<dyn Error>> {
    let Command { options, file, tenant, later, later_file } = command;
    let start = Instant::now();
    let made = generate(options, &mut File::create(file)?)?;
    let seconds = start.elapsed().as_secs_f64();
    write_defects(&format!("{file}.defects.tsv"), &made.defects)?;
    write_traps(&format!("{file}.traps.tsv"), &made.traps)?;
    warn_of_left_out(&made.counts.left_out);

    if let Some(folder) = tenant {
        std::fs::create_dir_all(folder)?;
        let counts = generate_tenant(options, folder.as_ref())?;
        eprintln!("{folder}: {} users, {} groups, {} contacts", counts.users, counts.groups, counts.contacts);
    }
    if let Some(file) = later_file {
        write_later(options, later, file)?;
    }

    let counts = &made.counts;
    eprintln!(
        "{file}: {} objects, {} bytes, {} defects, {} traps, {} users made dirty, {seconds:.1} s, {:.0} MB/s",
        options.objects,
        counts.bytes,
        made.defects.len(),
        made.traps.len(),
        counts.dirty,
        counts.bytes as f64 / 1e6 / seconds,
    );
    Ok(())
}

fn write_later(options: &Options, later: &Later, file: &str) -> Result<(), Box<dyn Error>> {
    let made = generate_later(options, later, &mut File::create(file)?)?;
    write_defects(&format!("{file}.defects.tsv"), &made.defects)?;
    write_traps(&format!("{file}.traps.tsv"), &made.traps)?;
    write_defects(&format!("{file}.changes.tsv"), &made.changes)?;
    write_traps(&format!("{file}.silent.tsv"), &made.silent)?;
    let mut exported = BufWriter::new(File::create(format!("{file}.next-export.tsv"))?);
    writeln!(exported, "operation\tbefore\tnow\tattributes")?;
    for object in &made.next_export {
        let dn = |dn: &Option<String>| dn.as_deref().map(escaped).unwrap_or_default();
        let attributes = object.attributes.join(",");
        writeln!(exported, "{}\t{}\t{}\t{attributes}", object.operation.name(), dn(&object.before), dn(&object.now))?;
    }
    exported.flush()?;
    warn_of_left_out(&made.counts.left_out);
    eprintln!(
        "{file}: {} changes to report, {} not to report, {} objects in the next export",
        made.changes.len(),
        made.silent.len(),
        made.next_export.len(),
    );
    Ok(())
}

fn write_defects(file: &str, defects: &[Defect]) -> io::Result<()> {
    let mut out = BufWriter::new(File::create(file)?);
    writeln!(out, "rule\tkind\tdn")?;
    for defect in defects {
        write!(out, "{}\t{}", defect.rule, defect.kind)?;
        for dn in &defect.dns {
            write!(out, "\t{}", escaped(dn))?;
        }
        writeln!(out)?;
    }
    out.flush()
}

fn write_traps(file: &str, traps: &[Trap]) -> io::Result<()> {
    let mut out = BufWriter::new(File::create(file)?);
    writeln!(out, "kind\tdn")?;
    for trap in traps {
        writeln!(out, "{}\t{}", trap.kind, escaped(&trap.dn))?;
    }
    out.flush()
}

fn warn_of_left_out(kinds: &[&str]) {
    if !kinds.is_empty() {
        eprintln!("generate: too few objects for {}", kinds.join(", "));
    }
}

/// The text with the escapes of a JSON string, so that it holds no tab and no line end.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '"' | '\\' => out.extend(['\\', letter]),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            _ if letter.is_control() => out.push_str(&format!("\\u{:04x}", u32::from(letter))),
            _ => out.push(letter),
        }
    }
    out
}
