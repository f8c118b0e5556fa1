//! From arguments to an outcome: what the commands that judge a directory have in common.

use std::sync::Arc;
use std::time::{Duration, Instant};

use rayon::ThreadPool;

use super::args::{InputArguments, ScopeArguments};
use super::config::choice::{Choices, Sources};
use super::config::settings::{InputSettings, ReadingSettings, ScopeSettings};
use super::exit::Failure;
use super::live::{LiveSettings, Plan};
use super::progress::Progress;
use super::tenant::LoadedTenant;
use super::{complain, live, previous, tenant};
use crate::directory::{AttributeTable, Counters, Coverage, LIVE, Source};
use crate::report::visible::visible;
use crate::rules::{Earlier, Outcome, Request, RuleSet, run};
use crate::source::ldap::Unread;
use crate::source::{self, Opened};
use crate::sync;

/// So many gaps are named on standard error.
const GAPS: usize = 5;

/// What directories are judged with.
pub struct Means {
    reading: ReadingSettings,
    /// The rules that run.
    pub rules: RuleSet,
    attributes: AttributeTable,
    settings: sync::Settings,
    /// The threads of the run.
    pub pool: ThreadPool,
}

impl Means {
    /// Works out what is judged with. Attributes are read for the rules, the settings and
    /// `others`; `compares` says that there are two snapshots.
    ///
    /// # Errors
    ///
    /// Wrong usage, before anything is read.
    pub fn prepare(
        reading: ReadingSettings,
        scope: &ScopeSettings,
        rules: RuleSet,
        others: &[&str],
        compares: bool,
    ) -> Result<Means, Failure> {
        let attributes = rules.attribute_table(scope.attributes().chain(others.iter().copied()), compares);
        let settings = scope.settings(&attributes);
        let pool = pool(reading.jobs)?;
        Ok(Means { reading, rules, attributes, settings, pool })
    }

    /// Reads the export of the tenant, where one was named, and learns the domains from it.
    pub fn load_tenant(&mut self) -> Option<LoadedTenant> {
        let tenant = self.pool.install(|| tenant::load(&self.reading.tenant));
        if let Some(tenant) = &tenant {
            tenant.complete(&mut self.settings);
        }
        tenant
    }

    /// Opens files.
    pub fn open(&self, inputs: &[String]) -> Opened {
        source::open(inputs, &source::Settings { encoding: self.reading.encoding })
    }

    /// An earlier snapshot that the same settings were in force for, of which everything that is sent is compared.
    pub fn earlier(&self, sources: Vec<Source>) -> Earlier {
        Earlier { sources, settings: self.settings.clone(), exports: true }
    }

    /// Reads and judges what was opened, also beside an earlier snapshot; `is_partial` says that something was not reached.
    pub fn judge(
        &self,
        (opened, is_partial): (Opened, bool),
        earlier: Option<Earlier>,
        tenant: Option<&LoadedTenant>,
        counters: &Arc<Counters>,
        quiet: bool,
    ) -> Outcome {
        let sources = opened.sources.iter().chain(earlier.iter().flat_map(|earlier| &earlier.sources));
        let bytes = sources.map(|source| source.storage.size()).sum();
        let mut outcome = {
            let _progress = Progress::start(counters, bytes, quiet);
            let tenant = tenant.map(|tenant| &tenant.tenant);
            let is_partial = is_partial || !opened.gaps.is_empty();
            let request = Request { rules: &self.rules, settings: &self.settings, tenant, is_partial, counters };
            self.pool.install(|| run(opened.sources, earlier, self.attributes.clone(), &request))
        };
        for gap in opened.gaps {
            outcome.coverage.add(gap);
        }
        outcome
    }
}

/// A run that is worked out and has not begun.
pub struct Reading {
    files: Vec<String>,
    previous: Vec<String>,
    means: Means,
    /// The settings that were in force when the earlier snapshot was taken.
    previous_settings: sync::Settings,
    plan: Option<Plan>,
}

/// What a run left behind.
pub struct Judged {
    /// What came out, with the whole coverage.
    pub outcome: Outcome,
    /// The rules that ran.
    pub rules: RuleSet,
    /// The inputs, as the user named them, and the servers.
    pub inputs: Vec<String>,
    /// Directories that were not reached.
    pub unread: Vec<Unread>,
    /// The threads of the run.
    pub pool: ThreadPool,
    /// What was counted.
    pub counters: Arc<Counters>,
    /// How long it took to open the inputs.
    pub opening: Duration,
}

impl Reading {
    /// Works out what is read, and how; `arguments` say whether it is live.
    ///
    /// # Errors
    ///
    /// Wrong usage, before anything is read.
    pub fn prepare(
        command: &str,
        arguments: &InputArguments,
        (input, scope, rules): (InputSettings, &ScopeSettings, RuleSet),
        choices: &mut Choices<'_>,
    ) -> Result<Reading, Failure> {
        let sources = choices.sources;
        if input.files.iter().chain(&input.previous).filter(|name| *name == "-").count() > 1 {
            return Err(Failure::words("standard input (-) can be read only once", "name a file for the other one"));
        }
        if input.previous.is_empty() && sources.is_typed("previous_config") {
            return Err(Failure::words("--previous-config is for an earlier snapshot, and none is named", "name one with --previous FILE"));
        }
        let earlier = input.previous_config.map(|file| sources.beside(file.0)).transpose()?;
        let earlier = earlier.map(|sources| ScopeSettings::choose(&ScopeArguments::default(), &mut Choices::new(&sources))).transpose()?;
        let of_earlier: Vec<&str> = earlier.iter().flat_map(ScopeSettings::attributes).collect();
        let names = rules.needed_attributes(scope.attributes());
        let means = Means::prepare(input.reading, scope, rules, &of_earlier, !input.previous.is_empty())?;
        let previous_settings = earlier.map_or_else(|| means.settings.clone(), |scope| scope.settings(&means.attributes));
        let plan = match is_live(command, arguments, sources)? {
            true => Some(live::plan(LiveSettings::choose(&arguments.live, choices), sources, names)?),
            false => None,
        };
        Ok(Reading { files: input.files, previous: input.previous, means, previous_settings, plan })
    }

    /// Reads and judges.
    pub fn run(self, quiet: bool) -> Judged {
        let start = Instant::now();
        let Reading { files: mut inputs, previous, mut means, mut previous_settings, plan } = self;
        let tenant = means.load_tenant();
        if let Some(tenant) = &tenant {
            tenant.complete(&mut previous_settings);
        }
        let earlier = (!previous.is_empty()).then(|| previous::mark(means.open(&previous)));
        let mut opened = means.open(&inputs);
        let live = plan.map(|plan| live::read(&plan, quiet)).unwrap_or_default();
        inputs.extend(live.readings.iter().map(|reading| reading.uri.to_string()));
        let unread = live.unread;
        let servers = opened.add_live(live.readings);
        let (earlier, earlier_gaps) = earlier.map_or((None, Vec::new()), |opened| (Some(opened.sources), opened.gaps));
        let earlier = earlier.map(|sources| Earlier { sources, settings: previous_settings, exports: false });
        let opening = start.elapsed();
        let counters = Arc::new(Counters::default());
        let is_partial = !unread.is_empty();
        let mut outcome = means.judge((opened, is_partial), earlier, tenant.as_ref(), &counters, quiet);
        previous::cover(&mut outcome, earlier_gaps);
        live::cover(&mut outcome.coverage, servers, &unread);
        if let Some(tenant) = tenant {
            tenant.cover(&mut outcome.coverage);
        }
        Judged { outcome, rules: means.rules, inputs, unread, pool: means.pool, counters, opening }
    }
}

/// Names the first gaps on standard error, for whoever reads the terminal while the report goes elsewhere.
pub fn tell_gaps(coverage: &Coverage) {
    // Why a server was not reached is told at length.
    let sources = coverage.sources.iter().filter(|source| !(source.is_missing && source.kind == LIVE));
    for gap in sources.flat_map(|source| &source.gaps).take(GAPS) {
        let line = gap.line.map(|line| format!(":{line}")).unwrap_or_default();
        complain(&format!("presync: {}{line}: {}", visible(&gap.file), visible(&gap.reason)));
    }
    let gaps = coverage.all_gaps().count();
    if gaps > GAPS {
        complain(&format!("presync: {} more gaps are in the report's coverage", gaps - GAPS));
    }
}

/// Whether a live directory is meant.
///
/// # Errors
///
/// When there is nothing to read at all.
fn is_live(command: &str, input: &InputArguments, sources: &Sources<'_>) -> Result<bool, Failure> {
    let ldap = &sources.file().ldap;
    let is_named = ldap.uri.is_some() || ldap.domain.is_some() || std::env::var_os("LDAPURI").is_some_and(|uri| !uri.is_empty());
    match (input.live.is_meant(), input.inputs.is_empty()) {
        (true, _) => Ok(true),
        (false, true) if is_named => Ok(true),
        (false, true) => Err(Failure::words(
            "there is nothing to read",
            format!(
                "name a file (presync {command} export.ldf) or a server (presync {command} -H ldaps://dc1.contoso.com -D reader@contoso.com -W)"
            ),
        )),
        (false, false) => match input.live.flag_of_live() {
            Some(flag) => {
                Err(Failure::words(format!("{flag} is for live directories, and none is named"), "name a server with -H, or leave it out"))
            }
            None => Ok(false),
        },
    }
}

fn pool(jobs: Option<u32>) -> Result<ThreadPool, Failure> {
    let builder = rayon::ThreadPoolBuilder::new().num_threads(jobs.map_or(0, |jobs| jobs as usize));
    builder.build().map_err(|error| Failure::words(format!("threads cannot be started: {error}"), "use a smaller --jobs"))
}
