//! `--tenant`: reads an export of the tenant for a run. `presync tenant script` prints what makes one.

use std::path::Path;
use std::sync::Arc;

use clap::Args;

use crate::directory::{Coverage, StorageReader};
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
pub fn load(arguments: &TenantArguments) -> Option<LoadedTenant> {
    if arguments.tenant.is_empty() {
        return None;
    }
    let mut loader = Loader::default();
    for named in &arguments.tenant {
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
            loader.read(&name, StorageReader::new(export.storage.as_ref()));
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
    pub fn cover(&self, coverage: &mut Coverage) {
        coverage.sources.extend_from_slice(&self.seen.sources);
        coverage.notes.extend_from_slice(&self.seen.notes);
    }
}
