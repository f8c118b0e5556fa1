//! Makes exports of an Active Directory with known defects: the same options, the same bytes.
//!
//! Every object is a function of the seed and its number, so that any size streams in constant memory; a plan,
//! small and made first, says which objects carry which defect. Objects of the plan are healthy apart from
//! that, and so are all others: a check that reports them is wrong.
//! A member of a group and the memberOf of that member do not always agree.

#![allow(dead_code, reason = "each test that includes this module uses a part of it")]
#![allow(unreachable_pub, reason = "public is what tests use; no test is a library")]

mod certificate;
mod changes;
mod defects;
mod directory;
mod draft;
mod entry;
mod exchange;
mod export;
mod identity;
mod kinds;
mod later;
mod ldif;
mod names;
mod next_export;
mod plan;
mod random;
mod tenant;
mod traps;
mod truth;
mod world;

use directory::Directory;
use draft::Draft;
use export::Export;
use later::LaterPlan;
use plan::Plan;
use random::stride;
use std::io::{self, Write};
use truth::Truth;
use world::{Class, World};

#[allow(unused_imports, reason = "each target that includes this module uses a part of it")]
pub use self::{
    later::{Forest, Later},
    names::{FEDERATED_DOMAINS, MAIL_DOMAINS},
    next_export::{Exported, Operation},
    tenant::{INITIAL_DOMAIN, TenantCounts, generate_tenant},
};

/// The objects from which on every kind of defect and trap finds objects of its own.
pub const ROOM_FOR_ALL_KINDS: usize = 500;

/// What to make.
#[derive(Clone, Debug)]
pub struct Options {
    /// How many objects.
    pub objects: usize,
    /// What chance starts from.
    pub seed: u64,
    /// Which tool the export looks as if it came from.
    pub style: Style,
    /// How many defects of each kind, as a part of all objects, but at least one; 0 makes a clean directory without
    /// defects and traps.
    pub defect_rate: f64,
    /// The part of users that has a photo of 3 to 22 KB.
    pub photos: f64,
    /// The part of users that has a certificate or two of 0.9 to 2.2 KB.
    pub certificates: f64,
    /// The mean number of members of a group.
    pub members: f64,
    /// Whether every user that the plan leaves alone carries one cheap defect; these are counted, not listed.
    pub dirty: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            objects: 10_000,
            seed: 1,
            style: Style::Ldifde,
            defect_rate: 2e-4,
            photos: 0.0,
            certificates: 0.15,
            members: 10.0,
            dirty: false,
        }
    }
}

/// The tool that seems to have written the export.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// CRLF, `changetype: add`, a long value starts on the line after its name.
    Ldifde,
    /// LF, comments, folded at 76 columns, pages with their results, `member;range=0-1499`, references.
    Ldapsearch,
}

/// What was made.
#[derive(Debug)]
pub struct Generated {
    /// Every defect that must be reported.
    pub defects: Vec<Defect>,
    /// Every object that looks bad and must carry no error or warning.
    pub traps: Vec<Trap>,
    /// How much there is of everything.
    pub counts: Counts,
}

/// What was made of the same directory later.
#[derive(Debug)]
pub struct GeneratedLater {
    /// Every change that must be reported, with the objects as they are and as they were. The value is the attribute; a count
    /// where all objects are concerned.
    pub changes: Vec<Defect>,
    /// Every object with a change that must not be reported, as it is or, where it is gone, as it was.
    pub silent: Vec<Trap>,
    /// What the next export does.
    pub next_export: Vec<Exported>,
    /// Every defect that must be reported, as on the first day.
    pub defects: Vec<Defect>,
    /// Every object that looks bad and must carry no error or warning.
    pub traps: Vec<Trap>,
    /// How much there is of everything.
    pub counts: Counts,
}

/// One defect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Defect {
    /// The rule that must report it.
    pub rule: &'static str,
    /// The kind of defect.
    pub kind: &'static str,
    /// Every object that must be a site of one finding.
    pub dns: Vec<String>,
    /// The value of the first object; a count or the attribute's name where the value is not text.
    pub value: String,
}

/// One object that only looks bad.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trap {
    /// The kind of trap.
    pub kind: &'static str,
    /// The object.
    pub dn: String,
}

/// How much there is of everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Users.
    pub users: usize,
    /// Groups.
    pub groups: usize,
    /// Contacts.
    pub contacts: usize,
    /// Computers.
    pub computers: usize,
    /// Users with a cheap defect (see [`Options::dirty`]).
    pub dirty: usize,
    /// Bytes.
    pub bytes: u64,
    /// Kinds for which there were too few objects (see [`ROOM_FOR_ALL_KINDS`]).
    pub left_out: Vec<&'static str>,
}

impl Counts {
    fn add(&mut self, draft: &Draft) {
        match draft.class {
            Class::User => self.users += 1,
            Class::Group => self.groups += 1,
            Class::Contact => self.contacts += 1,
            Class::Computer => self.computers += 1,
        }
    }
}

/// Every kind, with the rule that must report it; none for a trap.
pub fn kinds() -> impl Iterator<Item = (&'static str, Option<&'static str>)> {
    plan::all_kinds().map(|kind| (kind.name, kind.rule))
}

/// Writes an export and says what is wrong in it.
pub fn generate(options: &Options, out: &mut dyn Write) -> io::Result<Generated> {
    let world = World::new(options.seed, options.objects);
    let plan = Plan::new(&world, options);
    let directory = Directory::first(&world, &plan, options);
    let mut counts = Counts { left_out: plan.left_out().to_vec(), ..Counts::default() };
    let mut export = Export::new(directory, options.style, options.objects, out);
    for number in 0..options.objects {
        if let Some((draft, value)) = directory.draft(number) {
            counts.add(&draft);
            counts.dirty += usize::from(options.dirty && value.is_none() && draft.class == Class::User);
            export.write(&draft)?;
        }
    }
    counts.bytes = export.end()?;
    Ok(Generated { defects: plan.defects(directory), traps: plan.traps(directory), counts })
}

/// Writes a later export of the same directory, and says what has changed.
pub fn generate_later(options: &Options, later: &Later, out: &mut dyn Write) -> io::Result<GeneratedLater> {
    let world = World::new(options.seed, options.objects);
    let plan = Plan::new(&world, options);
    let later_plan = LaterPlan::new(&world, &plan, options, later);
    let first = Directory::first(&world, &plan, options);
    let directory = first.later(&later_plan);
    let numbers = directory.numbers();
    let mut counts = Counts { left_out: later_plan.left_out().to_vec(), ..Counts::default() };
    let mut truth = Truth::new(&later_plan, later);
    let mut export = Export::new(directory, later.style, numbers - later_plan.removed(), out);
    let step = stride(numbers);
    for turn in 0..numbers {
        let number = if later.reordered { (turn + 1) * step % numbers } else { turn };
        let (before, now) = (first.draft(number), directory.draft(number));
        let (before, now) = (before.map(|(draft, _)| draft), now.map(|(draft, _)| draft));
        truth.add(number, before.as_ref(), now.as_ref());
        if let Some(draft) = now {
            counts.add(&draft);
            export.write(&draft)?;
        }
    }
    counts.bytes = export.end()?;
    let (changes, silent, next_export) = truth.told();
    Ok(GeneratedLater { changes, silent, next_export, defects: plan.defects(directory), traps: plan.traps(directory), counts })
}
