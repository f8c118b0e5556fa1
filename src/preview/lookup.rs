//! Finds an object by any of its names, exported or not.

use rayon::prelude::*;

use crate::directory::class::Target;
use crate::directory::fold::folded;
use crate::directory::{AttributeId, Dn, Gap, Guid, Object, ObjectId, ReadBuffer};
use crate::rules::Outcome;
use crate::sync::flow::SourceAnchor;

/// What was asked for, in every form in which it could be meant.
struct Wanted<'w> {
    text: &'w str,
    dn: Option<Dn>,
    guid: Option<Guid>,
    /// sAMAccountName, without the domain before it.
    account: &'w str,
}

/// Finds every object of a name: distinguished name, user principal name, sAMAccountName (also DOMAIN\name), objectGUID,
/// or the distinguished name in the cloud connector's space. In the order of the sources.
pub fn find(outcome: &Outcome, name: &str) -> (Vec<ObjectId>, Vec<Gap>) {
    let text = name.trim();
    let wanted = Wanted {
        text,
        dn: text.contains('=').then(|| Dn::new(text.as_bytes())),
        // Sixteen characters are a GUID's bytes to the parser, and mostly somebody's name.
        guid: Guid::parse(text.as_bytes()).filter(|_| text.len() > 16),
        account: text.rsplit_once('\\').map_or(text, |(_, account)| account),
    };
    let directory = &outcome.directory;
    let numbers: Vec<u32> = (0..directory.index.entries.len() as u32).filter(|&number| !outcome.superseded[number as usize]).collect();
    let found: Vec<(Vec<ObjectId>, Vec<Gap>)> = numbers
        .par_chunks(1024)
        .map(|numbers| {
            let mut buffer = ReadBuffer::new(&directory.attributes);
            let (mut found, mut gaps) = (Vec::new(), Vec::new());
            for id in numbers.iter().map(|&number| ObjectId(number)) {
                match directory.read(id, &mut buffer) {
                    Ok(object) if wanted.is(&object, directory.index.get(id).class.target(), outcome) => found.push(id),
                    Ok(_) => {}
                    Err(gap) => gaps.push(gap),
                }
            }
            (found, gaps)
        })
        .collect();
    let (found, gaps): (Vec<_>, Vec<_>) = found.into_iter().unzip();
    let mut found = found.concat();
    found.sort_by_key(|&id| directory.index.get(id).order());
    (found, gaps.concat())
}

impl Wanted<'_> {
    /// Whether it looks like a name of the cloud connector's space.
    fn is_connector_dn(&self) -> bool {
        self.text.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("CN={"))
    }

    fn is(&self, object: &Object<'_>, class: Option<Target>, outcome: &Outcome) -> bool {
        if self.guid.is_some() && object.guid() == self.guid {
            return true;
        }
        let settings = &outcome.settings;
        if let Some(dn) = &self.dn {
            let anchor = || SourceAnchor::of(object, class?, settings).map(|anchor| SourceAnchor::connector_dn(&anchor.immutable_id()));
            return Dn::new(&object.dn()) == *dn
                || (self.is_connector_dn() && anchor().is_some_and(|own| own.eq_ignore_ascii_case(self.text)));
        }
        let is = |attribute: AttributeId, wanted: &str| {
            object.text(attribute).is_some_and(|text| folded(text.trim().as_bytes()) == folded(wanted.as_bytes()))
        };
        is(AttributeId::USER_PRINCIPAL_NAME, self.text) || is(settings.upn(), self.text) || is(AttributeId::SAM_ACCOUNT_NAME, self.account)
    }
}
