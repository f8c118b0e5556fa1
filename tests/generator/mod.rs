//! Makes exports of an Active Directory with known defects: the same options, the same bytes.
//!
//! Every object is a function of the seed and its number, so that any size streams in constant memory; a plan,
//! small and made first, says which objects carry which defect. Objects of the plan are healthy apart from
//! that, and so are all others: a check that reports them is wrong.
//! A member of a group and the memberOf of that member do not always agree.

#![allow(dead_code, reason = "each test that includes this module uses a part of it")]
#![allow(unreachable_pub, reason = "public is what tests use; no test is a library")]

mod certificate;
mod defects;
mod draft;
mod entry;
mod exchange;
mod identity;
mod kinds;
mod ldif;
mod names;
mod plan;
mod random;
mod tenant;
mod traps;
mod world;

use draft::Draft;
use entry::Entries;
use ldif::{Ldif, push_base64};
use names::ROOT;
use plan::Plan;
use std::io::{self, Write};
use world::{Class, Draw, World};

pub use names::MAIL_DOMAINS;
#[allow(unused_imports, reason = "each target that includes this module uses a part of it")]
pub use tenant::{INITIAL_DOMAIN, TenantCounts, generate_tenant};

/// The objects from which on every kind of defect and trap finds objects of its own.
pub const ROOM_FOR_ALL_KINDS: usize = 500;

/// The entries of a page of ldapsearch.
const PAGE: usize = 1000;

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

/// Every kind, with the rule that must report it; none for a trap.
pub fn kinds() -> impl Iterator<Item = (&'static str, Option<&'static str>)> {
    plan::all_kinds().map(|kind| (kind.name, kind.rule))
}

/// Writes an export and says what is wrong in it.
pub fn generate(options: &Options, out: &mut dyn Write) -> io::Result<Generated> {
    let world = World::new(options.seed, options.objects);
    let plan = Plan::new(&world, options);
    let mut counts = Counts { left_out: plan.left_out().to_vec(), ..Counts::default() };
    let mut ldif = Ldif::new(options.style, out);
    if options.style == Style::Ldapsearch {
        ldif.lines(&format!(
            "# extended LDIF\n#\n# LDAPv3\n# base <{ROOT}> with scope subtree\n# filter: (objectClass=*)\n\
             # requesting: ALL\n# with pagedResults control: size={PAGE}\n#\n\n"
        ));
    }
    let mut entries = Entries::new(&world, &mut ldif);
    for number in 0..options.objects {
        let (mut draft, value) = plan.draft(&world, options, number);
        match draft.class {
            Class::User => counts.users += 1,
            Class::Group => counts.groups += 1,
            Class::Contact => counts.contacts += 1,
            Class::Computer => counts.computers += 1,
        }
        if options.dirty && value.is_none() && draft.class == Class::User {
            soil(&mut draft, &world);
            counts.dirty += 1;
        }
        entries.write(&draft)?;
        let done = number + 1;
        if options.style == Style::Ldapsearch && done % PAGE == 0 && done < options.objects {
            end_page(entries.ldif(), 1 + done / PAGE, world.hash(number));
        }
    }
    if options.style == Style::Ldapsearch {
        end_search(&mut ldif, options.objects);
    }
    ldif.flush()?;
    counts.bytes = ldif.bytes();
    Ok(Generated { defects: plan.defects(&world, options), traps: plan.traps(&world), counts })
}

/// Gives a user one defect that costs next to nothing to make and to find.
fn soil(draft: &mut Draft, world: &World) {
    let name = world.local(draft.number);
    match world.draw(draft.number, Draw::Dirt, 3) {
        0 => draft.sign_in = Some(format!("{name}@corp.contoso.local")),
        1 => draft.sign_in = Some(format!("{name} @{}", MAIL_DOMAINS[0])),
        _ => draft.display_name = Some(" ".to_owned()),
    }
}

/// The result after each page.
fn end_page(ldif: &mut Ldif, search: usize, hash: u64) {
    let mut cookie = Vec::new();
    push_base64(&hash.to_le_bytes().repeat(3), &mut cookie);
    let cookie = String::from_utf8_lossy(&cookie);
    ldif.lines(&format!(
        "# search result\nsearch: {search}\nresult: 0 Success\n\
         control: 1.2.840.113556.1.4.319 false MIQAAAAdAgEABBg{cookie}\npagedresults: cookie={cookie}\n\n"
    ));
}

/// The references and the result at the end.
fn end_search(ldif: &mut Ldif, objects: usize) {
    let references = ["CN=Configuration", "DC=ForestDnsZones", "DC=DomainDnsZones"];
    for reference in references {
        let host = reference[3..].to_lowercase();
        ldif.lines(&format!("# search reference\nref: ldap://{host}.corp.contoso.com/{reference},{ROOT}\n\n"));
    }
    ldif.lines(&format!(
        "# search result\nsearch: {}\nresult: 0 Success\ncontrol: 1.2.840.113556.1.4.319 false MIQAAAAFAgEABAA=\n\
         pagedresults: cookie=\n\n# numResponses: {}\n# numEntries: {objects}\n# numReferences: {}\n",
        2 + objects.saturating_sub(1) / PAGE,
        objects + references.len() + objects.div_ceil(PAGE),
        references.len(),
    ));
}
