//! Domains that were made once and are never started: tests copy them.
//!
//! They stand below the target directory, in a folder whose name is a hash of everything that they are made by, so that
//! another harness makes others.

use std::fs::{self, File};
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;
use std::time::Duration;

use xxhash_rust::xxh3::Xxh3;

use crate::client::{output_of, patient_client};
use crate::generator::{self, generate};
use crate::support::project;

/// The python3 that Samba's modules belong to; another may come first in PATH.
pub(crate) const PYTHON: &str = "/usr/bin/python3";

/// How long 50,000 objects take on a slow machine.
const PATIENCE: Duration = Duration::from_secs(1800);

/// The password of every account.
pub(crate) const PASSWORD: &str = "Passw0rd!test";

/// Kinds of defect that cannot be in a domain, which gives these identifiers itself.
const OF_IDENTIFIERS: &[&str] = &["sid-users", "sid-groups", "anchor-missing"];

/// Which domain to copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Template {
    /// corp.contoso.com with 1,700 objects that the generator makes, with defects; one group has everybody as a member,
    /// more than a server gives at once. Beside them objects with odd names.
    Small,
    /// The same with this many objects.
    Large(usize),
    /// fabrikam.local, another forest: a few people, with an address and a sign-in name of corp.contoso.com.
    Fabrikam,
}

/// A forest of one domain.
pub(crate) struct Forest {
    pub(crate) realm: &'static str,
    pub(crate) netbios: &'static str,
    pub(crate) base: &'static str,
}

const CONTOSO_FOREST: Forest = Forest { realm: "CORP.CONTOSO.COM", netbios: "CONTOSO", base: "DC=corp,DC=contoso,DC=com" };
const FABRIKAM_FOREST: Forest = Forest { realm: "FABRIKAM.LOCAL", netbios: "FABRIKAM", base: "DC=fabrikam,DC=local" };

/// A defect of a domain: the rule that has to report it, on which objects.
pub(crate) type Planted = (String, Vec<String>);

impl Template {
    /// The forest that it is.
    pub(crate) fn forest(self) -> &'static Forest {
        match self {
            Template::Small | Template::Large(_) => &CONTOSO_FOREST,
            Template::Fabrikam => &FABRIKAM_FOREST,
        }
    }

    /// Where it is, made if it has to be.
    pub(crate) fn folder(self) -> PathBuf {
        match self {
            Template::Small => generated("small", 1700),
            Template::Large(objects) => generated(&format!("large-{objects}"), objects),
            Template::Fabrikam => made_once("fabrikam", |folder| {
                provision(folder, self.forest());
                let refused = populate(folder, &[&sources().join("fabrikam.ldif")]);
                assert_eq!(refused, [""; 0], "refused");
                write_planted(folder, &[]);
            }),
        }
    }

    /// The defects of its objects.
    pub(crate) fn planted(self) -> Vec<Planted> {
        serde_json::from_reader(File::open(self.folder().join("planted.json")).unwrap()).unwrap()
    }
}

/// The scripts and the objects that domains are made by.
fn sources() -> PathBuf {
    project().join("tests/live/samba")
}

/// Where templates are; copies of them that run are in its folder `running`.
pub(crate) fn root() -> &'static Path {
    /// The folder, and the lock that says that this process is at work in it.
    static ROOT: LazyLock<(PathBuf, File)> = LazyLock::new(|| {
        let mut hash = Xxh3::new();
        hash_files(&sources(), &mut hash);
        hash_files(&project().join("tests/generator"), &mut hash);
        hash.update(include_bytes!("template.rs"));
        let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("dc-{:08x}", hash.digest() as u32));
        remove_what_is_left(&root);
        fs::create_dir_all(&root).unwrap();
        let lock = File::create(root.join("lock")).unwrap();
        lock.lock_shared().unwrap();
        fs::create_dir_all(root.join("running")).unwrap();
        (root, lock)
    });
    &ROOT.0
}

/// Removes the templates of earlier harnesses, and the copies of tests that were killed, unless somebody is at work there.
fn remove_what_is_left(root: &Path) {
    for entry in fs::read_dir(env!("CARGO_TARGET_TMPDIR")).unwrap() {
        let folder = entry.unwrap().path();
        let Ok(lock) = File::open(folder.join("lock")) else { continue };
        if lock.try_lock().is_ok() {
            // Nobody else needs to remove it, should somebody be faster.
            let _ = fs::remove_dir_all(if folder == root { folder.join("running") } else { folder });
        }
    }
}

fn hash_files(folder: &Path, hash: &mut Xxh3) {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            hash_files(&path, hash);
        } else {
            hash.update(&fs::read(path).unwrap());
        }
    }
}

/// A folder that is made by the first who needs it, in this process or another; until it is whole it has another name.
pub(crate) fn made_once(name: &str, make: impl FnOnce(&Path)) -> PathBuf {
    let folder = root().join(name);
    let lock = File::create(root().join(format!("{name}.lock"))).unwrap();
    lock.lock().unwrap();
    if !folder.exists() {
        let unfinished = root().join(format!("{name}.unfinished"));
        if unfinished.exists() {
            fs::remove_dir_all(&unfinished).unwrap();
        }
        fs::create_dir(&unfinished).unwrap();
        make(&unfinished);
        fs::rename(&unfinished, &folder).unwrap();
    }
    folder
}

/// Copies a domain that is not running, or any folder.
pub(crate) fn copy(from: &Path, to: &Path) {
    output_of(patient_client("cp", PATIENCE).args(["--archive", "--reflink=auto"]).arg(from.join(".")).arg(to));
}

/// Writes the smb.conf of a folder, with further lines. Whatever reads it has to be run in that folder: the path of a
/// socket has at most 107 characters, and a target directory may be deep.
pub(crate) fn configure(folder: &Path, forest: &Forest, further: &str) {
    let Forest { realm, netbios, .. } = forest;
    let lines = format!(
        "[global]\nnetbios name = DC1\nrealm = {realm}\nworkgroup = {netbios}\n\
         server role = active directory domain controller\n\
         private dir = private\nstate directory = state\ncache directory = cache\nlock directory = .\n\
         pid directory = .\nncalrpc dir = ncalrpc\nbinddns dir = bind-dns\nlog file = log\nldb:nosync = true\n{further}"
    );
    fs::write(folder.join("smb.conf"), lines).unwrap();
}

fn provision(folder: &Path, forest: &Forest) {
    output_of(python("provision.py", folder).args([forest.realm, forest.netbios, PASSWORD]));
    configure(folder, forest, "");
}

/// Adds objects to a domain; returns the names of those that it refused.
fn populate(folder: &Path, files: &[&Path]) -> Vec<String> {
    serde_json::from_slice(&output_of(python("populate.py", folder).args(files))).unwrap()
}

/// A script of the harness, in the folder of a domain.
fn python(script: &str, folder: &Path) -> Command {
    let mut command = patient_client(PYTHON, PATIENCE);
    // No __pycache__ beside the scripts.
    command.current_dir(folder).arg("-B").arg(sources().join(script));
    command
}

/// corp.contoso.com with objects of the generator and odd ones.
fn generated(name: &str, objects: usize) -> PathBuf {
    made_once(name, |folder| {
        copy(&made_once("contoso", |folder| provision(folder, &CONTOSO_FOREST)), folder);
        let export = folder.join("export.ldif");
        let options = generator::Options { objects, ..generator::Options::default() };
        let made = generate(&options, &mut BufWriter::new(File::create(&export).unwrap())).unwrap();
        let refused = populate(folder, &[&export, &sources().join("odd.ldif")]);
        // What the domain refuses, such as a second object with the same sign-in name, is no defect of it.
        let there =
            |defect: &generator::Defect| !OF_IDENTIFIERS.contains(&defect.kind) && !defect.dns.iter().any(|dn| refused.contains(dn));
        let planted: Vec<Planted> = made.defects.into_iter().filter(there).map(|defect| (defect.rule.to_owned(), defect.dns)).collect();
        write_planted(folder, &planted);
        fs::remove_file(export).unwrap();
    })
}

fn write_planted(folder: &Path, planted: &[Planted]) {
    serde_json::to_writer(File::create(folder.join("planted.json")).unwrap(), planted).unwrap();
}
