//! `--tenant`: reads an export of the tenant for a run. `presync tenant script` prints what makes one.

use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;

use clap::Args;

use crate::directory::{Coverage, Storage};
use crate::source;
use crate::sync;
use crate::tenant::{Loader, Seen, Tenant};

pub mod script;

/// The flag, for every command that can do with a tenant.
#[derive(Debug, Args)]
pub struct TenantArguments {
    /// Export of the tenant (Microsoft Graph JSON, see presync tenant script); repeatable
    #[arg(long, value_name = "DIR|FILE", help_heading = "Input")]
    pub tenant: Vec<String>,
}

/// An export that was read, and what was seen of it.
pub struct LoadedTenant {
    /// What the cloud holds.
    pub tenant: Arc<Tenant>,
    seen: Seen,
}

/// Reads what was named, on the threads of the current rayon pool; nothing where nothing was named.
pub fn load(exports: &[String]) -> Option<LoadedTenant> {
    if exports.is_empty() {
        return None;
    }
    let mut loader = Loader::default();
    for named in exports {
        match source::exports(named) {
            Ok(paths) => paths.iter().for_each(|path| read(path, &mut loader)),
            Err(reason) => loader.missing(named, reason),
        }
    }
    let (tenant, seen) = loader.finish();
    Some(LoadedTenant { tenant: Arc::new(tenant), seen })
}

fn read(path: &Path, loader: &mut Loader) {
    let name = path.to_string_lossy();
    match source::open_export(path) {
        Ok(export) => {
            loader.read(&name, Reader { storage: export.storage.as_ref(), at: 0 });
            export.fault.into_iter().for_each(|reason| loader.fault(reason));
        }
        Err(reason) => loader.unreadable(&name, reason),
    }
}

impl LoadedTenant {
    /// Adds the domains of the tenant where the user has named none.
    pub fn complete(&self, settings: &mut sync::Settings) {
        self.tenant.complete(settings);
    }

    /// Says in the coverage what was seen of the tenant.
    pub fn cover(self, coverage: &mut Coverage) {
        coverage.sources.extend(self.seen.sources);
        coverage.notes.extend(self.seen.notes);
    }
}

/// Reads a storage from its start to its end.
struct Reader<'s> {
    storage: &'s dyn Storage,
    at: u64,
}

impl Read for Reader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.storage.read_at(buffer, self.at)?;
        self.at += read as u64;
        Ok(read)
    }
}
