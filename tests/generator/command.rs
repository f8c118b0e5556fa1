//! The command `generate`: writes an export of an Active Directory and, beside it, what is wrong in it.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command speaks to people")]

#[path = "mod.rs"]
mod generator;

use generator::{Options, Style, generate, generate_tenant};
use std::error::Error;
use std::fmt::Display;
use std::fs::File;
use std::io::{BufWriter, Write};
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
  --tenant DIR         writes into DIR, as pages of Microsoft Graph, the tenant that is in step with the directory";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.iter().any(|argument| argument == "-h" || argument == "--help") {
        println!("{USAGE}");
        return ExitCode::SUCCESS;
    }
    let (options, file, tenant) = match parse(arguments) {
        Ok(parsed) => parsed,
        Err(problem) => {
            eprintln!("generate: {problem}\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    match run(&options, &file, tenant.as_deref()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("generate: {file}: {problem}");
            ExitCode::FAILURE
        }
    }
}

fn parse(arguments: Vec<String>) -> Result<(Options, String, Option<String>), String> {
    let mut options = Options::default();
    let (mut file, mut tenant) = (None, None);
    let mut arguments = arguments.into_iter();
    while let Some(name) = arguments.next() {
        if name == "--dirty" {
            options.dirty = true;
            continue;
        }
        let value = arguments.next().ok_or_else(|| format!("{name}: not an option, or without its value"))?;
        match name.as_str() {
            "--objects" => options.objects = number(&name, &value)?,
            "--seed" => options.seed = number(&name, &value)?,
            "--style" => options.style = style(&value)?,
            "--defect-rate" => options.defect_rate = number(&name, &value)?,
            "--photos" => options.photos = number(&name, &value)?,
            "--certificates" => options.certificates = number(&name, &value)?,
            "--members" => options.members = number(&name, &value)?,
            "--tenant" => tenant = Some(value),
            "-o" => file = Some(value),
            _ => return Err(format!("{name}: no such option")),
        }
    }
    Ok((options, file.ok_or("-o FILE is missing")?, tenant))
}

fn number<N: FromStr<Err: Display>>(name: &str, value: &str) -> Result<N, String> {
    value.parse().map_err(|problem| format!("{name} {value}: {problem}"))
}

fn style(value: &str) -> Result<Style, String> {
    match value {
        "ldifde" => Ok(Style::Ldifde),
        "ldapsearch" => Ok(Style::Ldapsearch),
        _ => Err(format!("--style {value}: neither ldifde nor ldapsearch")),
    }
}

fn run(options: &Options, file: &str, tenant: Option<&str>) -> Result<(), Box<dyn Error>> {
    let start = Instant::now();
    let made = generate(options, &mut File::create(file)?)?;
    let seconds = start.elapsed().as_secs_f64();

    let mut defects = BufWriter::new(File::create(format!("{file}.defects.tsv"))?);
    writeln!(defects, "rule\tkind\tdn")?;
    for defect in &made.defects {
        write!(defects, "{}\t{}", defect.rule, defect.kind)?;
        for dn in &defect.dns {
            write!(defects, "\t{}", escaped(dn))?;
        }
        writeln!(defects)?;
    }
    defects.flush()?;

    let mut traps = BufWriter::new(File::create(format!("{file}.traps.tsv"))?);
    writeln!(traps, "kind\tdn")?;
    for trap in &made.traps {
        writeln!(traps, "{}\t{}", trap.kind, escaped(&trap.dn))?;
    }
    traps.flush()?;

    if let Some(folder) = tenant {
        std::fs::create_dir_all(folder)?;
        let counts = generate_tenant(options, folder.as_ref())?;
        eprintln!("{folder}: {} users, {} groups, {} contacts", counts.users, counts.groups, counts.contacts);
    }

    let counts = &made.counts;
    if !counts.left_out.is_empty() {
        eprintln!("generate: too few objects for {}", counts.left_out.join(", "));
    }
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
