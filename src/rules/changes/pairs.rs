//! Which object of an earlier snapshot is which one of the new: by objectGUID, else by security identifier (former ones, too),
//! else by distinguished name.

use rayon::prelude::*;

use super::exports::Digest;
use super::state::{State, States};
use crate::directory::{Directory, ObjectId};
use crate::rules::survey::Part;

/// The states of a snapshot, in the order of its records.
#[derive(Debug, Default)]
pub(super) struct Rows {
    pub(super) all: Vec<State>,
    /// Former security identifiers, and the rows of their objects; sorted.
    sid_history: Vec<(u64, u32)>,
    /// SMTP addresses and the rows of their objects; sorted.
    pub(super) addresses: Vec<(u64, u32)>,
    /// The distinguished names of what objects lie in; [`State::unit`] is a place in it.
    pub(super) units: Vec<Vec<u8>>,
    /// Of what is sent of each of `all`, where that is compared.
    pub(super) digests: Option<Vec<Digest>>,
}

impl Rows {
    /// Takes the states out of the parts of a survey. Records that others replace are left out.
    pub(super) fn collect(parts: &mut [Part], bases: &[u32], directory: &Directory, superseded: &[bool]) -> Rows {
        let mut rows = Rows::default();
        // The place of a state among all, and the row that it becomes; parts are in no order.
        let mut places: Vec<u32> = Vec::new();
        for (part, &base) in parts.iter_mut().zip(bases) {
            let Some(states) = part.states.take() else { continue };
            let States { all, sid_history, addresses, units, digests, .. } = states;
            let (first, first_unit) = (rows.all.len() as u32, rows.units.len() as u32);
            rows.units.extend(units);
            if let Some(digests) = digests {
                rows.digests.get_or_insert_default().extend(digests);
            }
            rows.sid_history.extend(sid_history.into_iter().map(|(hash, place)| (hash, place + first)));
            rows.addresses.extend(addresses.into_iter().map(|(hash, place)| (hash, place + first)));
            rows.all.extend(all.into_iter().map(|state| State {
                object: ObjectId(state.object.0 + base),
                unit: state.unit + first_unit,
                ..state
            }));
        }
        let mut order: Vec<u32> = (0..rows.all.len() as u32).collect();
        order.retain(|&place| !superseded[rows.all[place as usize].object.0 as usize]);
        order.par_sort_unstable_by_key(|&place| directory.index.get(rows.all[place as usize].object).order());
        places.resize(rows.all.len(), u32::MAX);
        for (row, &place) in order.iter().enumerate() {
            places[place as usize] = row as u32;
        }
        rows.all = order.iter().map(|&place| rows.all[place as usize]).collect();
        rows.digests = rows.digests.map(|digests| order.iter().map(|&place| digests[place as usize]).collect());
        for list in [&mut rows.sid_history, &mut rows.addresses] {
            for (_, place) in list.iter_mut() {
                *place = places[*place as usize];
            }
            list.retain(|&(_, row)| row != u32::MAX);
            list.par_sort_unstable();
            list.dedup();
        }
        rows
    }

    /// The rows by one of their hashes; those without it are left out.
    pub(super) fn by(&self, hash: impl Fn(&State) -> u64) -> Lookup {
        let mut rows: Vec<(u64, u32)> =
            self.all.iter().zip(0..).map(|(state, row)| (hash(state), row)).filter(|&(hash, _)| hash != 0).collect();
        rows.par_sort_unstable();
        Lookup::new(rows)
    }
}

/// Rows by a hash.
pub(super) struct Lookup {
    /// Sorted.
    rows: Vec<(u64, u32)>,
    /// For the first bits of a hash the place where its rows begin: about one row each, so that nothing is searched.
    starts: Vec<u32>,
    shift: u32,
}

impl Lookup {
    fn new(rows: Vec<(u64, u32)>) -> Lookup {
        let bits = rows.len().max(2).ilog2();
        let shift = u64::BITS - bits;
        let mut starts = vec![0; (1 << bits) + 1];
        for (hash, _) in &rows {
            starts[(hash >> shift) as usize + 1] += 1;
        }
        let mut sum = 0;
        for start in &mut starts {
            sum += *start;
            *start = sum;
        }
        Lookup { rows, starts, shift }
    }

    /// The rows with a hash, in their order; none for 0.
    pub(super) fn rows(&self, hash: u64) -> impl Iterator<Item = u32> + use<'_> {
        let bits = (hash >> self.shift) as usize;
        let some = &self.rows[self.starts[bits] as usize..self.starts[bits + 1] as usize];
        some.iter().filter(move |&&(other, _)| other == hash && hash != 0).map(|&(_, row)| row)
    }
}

/// The rows of a hash in a sorted list.
fn of(list: &[(u64, u32)], hash: u64) -> impl Iterator<Item = u32> + use<'_> {
    let start = list.partition_point(|&(other, _)| other < hash);
    list[start..].iter().take_while(move |&&(other, _)| other == hash && hash != 0).map(|&(_, row)| row)
}

/// What makes two records one object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SameBy {
    /// objectGUID.
    Guid,
    /// The security identifier, today's or a former one.
    Sid,
    /// The distinguished name.
    Name,
}

/// An exported object of the earlier snapshot, and what it is now.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pair {
    /// Its row in the earlier snapshot.
    pub(super) before: u32,
    /// Its row in the new one; `None` where it is gone.
    pub(super) now: Option<(u32, SameBy)>,
}

/// Finds each object that was exported before.
pub(super) fn pairs(before: &Rows, now: &Rows) -> Vec<Pair> {
    let guids = now.by(|state| state.guid);
    let sids = now.by(|state| state.sid);
    let names = now.by(|state| state.name);
    let known = before.by(|state| if state.is_exported { state.guid } else { 0 });
    // An object that was exported before under its own objectGUID is nobody else now, whatever its name. One that was not, such
    // as the account that a migration has prepared, or the mailbox of an account elsewhere, may take over.
    let is_new = |row: u32| known.rows(now.all[row as usize].guid).next().is_none();
    let find = |state: &State| {
        // Of several the exported one is meant.
        let best = |rows: &mut dyn Iterator<Item = u32>| {
            let mut first = None;
            for row in rows.filter(|&row| now.all[row as usize].class == state.class) {
                if now.all[row as usize].is_exported {
                    return Some(row);
                }
                first = first.or(Some(row));
            }
            first
        };
        best(&mut guids.rows(state.guid))
            .map(|row| (row, SameBy::Guid))
            .or_else(|| {
                let same = sids.rows(state.sid).chain(of(&now.sid_history, state.sid));
                best(&mut same.filter(|&row| is_new(row))).map(|row| (row, SameBy::Sid))
            })
            .or_else(|| best(&mut names.rows(state.name).filter(|&row| is_new(row))).map(|row| (row, SameBy::Name)))
    };
    (0..before.all.len() as u32)
        .into_par_iter()
        .filter(|&row| before.all[row as usize].is_exported)
        .map(|row| Pair { before: row, now: find(&before.all[row as usize]) })
        .collect()
}
