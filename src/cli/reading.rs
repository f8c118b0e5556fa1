//! From arguments to an outcome: what the commands that judge a directory have in common.

use std::sync::Arc;
use std::time::{Duration, Instant};

use rayon::ThreadPool;

use super::args::InputArguments;
use super::config::choice::{Choices, Sources};
use super::config::settings::{InputSettings, ScopeSettings};
use super::exit::Failure;
use super::live::{LiveSettings, Plan};
use super::progress::Progress;
use super::{complain, live, tenant};
use crate::directory::{AttributeTable, Counters, Coverage, LIVE};
use crate::report::visible::visible;
use crate::rules::{Outcome, Request, RuleSet, run};
use crate::source;
use crate::source::ldap::Unread;
use crate::sync;

/// So many gaps are named on standard error.
const GAPS: usize = 5;

/// A run that is worked out and has not begun.
pub struct Reading {
    input: InputSettings,
    rules: RuleSet,
    attributes: AttributeTable,
    settings: sync::Settings,
    plan: Option<Plan>,
    pool: ThreadPool,
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
        let attributes = rules.attribute_table(scope.attributes());
        let settings = scope.settings(&attributes);
        let pool = pool(input.jobs)?;
        let plan = match is_live(command, arguments, choices.sources)? {
            true => {
                let names = rules.needed_attributes(scope.attributes());
                Some(live::plan(LiveSettings::choose(&arguments.live, choices), choices.sources, names)?)
            }
            false => None,
        };
        Ok(Reading { input, rules, attributes, settings, plan, pool })
    }

    /// Reads and judges.
    pub fn run(mut self, quiet: bool) -> Judged {
        let start = Instant::now();
        let tenant = self.pool.install(|| tenant::load(&self.input.tenant));
        if let Some(tenant) = &tenant {
            tenant.complete(&mut self.settings);
        }
        let mut opened = source::open(&self.input.files, &source::Settings { encoding: self.input.encoding });
        let live = self.plan.map(|plan| live::read(&plan, quiet)).unwrap_or_default();
        let mut inputs = self.input.files.clone();
        inputs.extend(live.readings.iter().map(|reading| reading.uri.to_string()));
        let unread = live.unread;
        let servers = opened.add_live(live.readings);
        let bytes = opened.sources.iter().map(|source| source.storage.size()).sum();
        let opening = start.elapsed();
        let counters = Arc::new(Counters::default());
        let mut outcome = {
            let _progress = Progress::start(&counters, bytes, quiet);
            let tenant = tenant.as_ref().map(|tenant| &tenant.tenant);
            let request = Request { rules: &self.rules, settings: &self.settings, tenant, counters: &counters };
            self.pool.install(|| run(opened.sources, self.attributes, &request))
        };
        for gap in opened.gaps {
            outcome.coverage.add(gap);
        }
        live::cover(&mut outcome.coverage, servers, &unread);
        if let Some(tenant) = tenant {
            tenant.cover(&mut outcome.coverage);
        }
        Judged { outcome, rules: self.rules, inputs, unread, pool: self.pool, counters, opening }
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
