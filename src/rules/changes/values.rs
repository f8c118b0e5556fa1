//! Names, mail and passwords that are others than before.

use super::{Change, Comparison, Kept, is_cloud_only, of_value};
use crate::directory::class::Target;
use crate::directory::{AttributeId, Object, ObjectId};
use crate::finding::Site;
use crate::rules::engine::change::ChangeOf;
use crate::sync::flow::PrincipalName;
use crate::sync::{Domains, Export, Settings};
use crate::tenant::{Authentication, CloudId, Feature};

impl Comparison<'_> {
    /// User principal names that were renamed.
    pub(super) fn names(&mut self) {
        let (federated, not_applied) = (self.case(ChangeOf::FederatedDomain), self.case(ChangeOf::NameNotApplied));
        if federated.is_none() && not_applied.is_none() {
            return;
        }
        let is_renamed = |kept: &Kept<'_>| {
            let (before, now) = (kept.before.principal_name, kept.now.principal_name);
            before != 0 && now != 0 && before != now
        };
        let renamed: Vec<Kept<'_>> = self.kept().filter(is_renamed).collect();
        let (changes, gaps) = self.read(&renamed, |kept, before, now| {
            let (old, new) = (PrincipalName::of(before, &self.before.settings)?, PrincipalName::of(now, self.judge.settings)?);
            let before = Some(name_site(kept.before.object, &old, &self.before.settings));
            let site = Some(name_site(kept.now.object, &new, self.judge.settings));
            let (old, new) = (old.text().to_lowercase(), new.text().to_lowercase());
            let (was, is) = (domain(&old), domain(&new));
            let moves = was != is && self.is_federated(was) && self.is_federated(is);
            let of_domain = federated.filter(|_| moves).map(|told_by| Change { told_by, now: site, before, cloud: None });
            let of_name = not_applied.and_then(|told_by| {
                let cloud = Some(self.keeps_old_name(now, kept.now.class, &new)?);
                Some(Change { told_by, now: site, before, cloud })
            });
            Some(of_domain.into_iter().chain(of_name))
        });
        self.add(changes.into_iter().flatten().collect(), gaps);
    }

    fn is_federated(&self, domain: &str) -> bool {
        let told = self.judge.settings.federated_domains.iter().any(|known| known == domain);
        let of_tenant = || self.tenant.and_then(|tenant| tenant.domain(domain)).and_then(|domain| domain.authentication);
        told || of_tenant() == Some(Authentication::Federated)
    }

    /// The user of the cloud to whom the tenant does not apply a new name: it has a licence, signs in at Entra ID, and the
    /// switch is off.
    fn keeps_old_name(&self, object: &Object<'_>, class: Target, name: &str) -> Option<CloudId> {
        let tenant = self.tenant?;
        if tenant.feature(Feature::SynchronizeUpnForManagedUsers) != Some(false) {
            return None;
        }
        let id = self.twin(object, class, self.judge.settings).filter(|&id| !is_cloud_only(tenant, id))?;
        let user = tenant.object(id);
        let today = user.user_principal_name()?.to_lowercase();
        (user.is_licensed() == Some(true) && !self.is_federated(domain(&today)) && today != *name).then_some(id)
    }

    /// Security groups that lost their mail.
    pub(super) fn groups(&mut self) {
        let Some(told_by) = self.case(ChangeOf::GroupMailRemoved) else { return };
        // A group that is exported without mail is a security group.
        let has_lost = |kept: &Kept<'_>| kept.before.is_mail_enabled_group && !kept.now.is_mail_enabled_group;
        let lost: Vec<Kept<'_>> = self.kept().filter(has_lost).collect();
        let seen = |attribute: AttributeId| self.seen[attribute.index()];
        if lost.len() > 1 && !seen(AttributeId::MAIL) && !seen(AttributeId::PROXY_ADDRESSES) {
            let note = format!(
                "{} groups had mail before, and no object of the new snapshot has mail or proxyAddresses: the export left them out",
                lost.len()
            );
            self.notes.push(note);
            return;
        }
        let (changes, gaps) = self.read(&lost, |kept, before, _| {
            let place = match before.first(AttributeId::MAIL).is_some_and(|mail| mail.bytes().contains(&b'@')) {
                true => (AttributeId::MAIL, 0),
                false => {
                    let mut domains = Domains::new(&self.before.settings);
                    let export = Export::of(before, kept.before.class, &mut domains);
                    let address = export.smtp_values().find(|proxy| proxy.primary).or(export.smtp_values().next())?;
                    (AttributeId::PROXY_ADDRESSES, address.number)
                }
            };
            let now = Some(Site { object: kept.now.object, attribute: Some(place.0), value: None });
            let before = Some(Site { value: Some(place.1), ..of_value(kept.before.object, place.0) });
            Some(Change { told_by, now, before, cloud: None })
        });
        self.add(changes, gaps);
    }

    /// New passwords of users that the cloud does not count as synchronised.
    pub(super) fn passwords(&mut self) {
        let (Some(told_by), Some(tenant)) = (self.case(ChangeOf::CloudOnlyPassword), self.tenant) else { return };
        let Some(attribute) = self.judge.directory.attributes.id("pwdLastSet") else { return };
        let is_new = |kept: &Kept<'_>| {
            let (before, now) = (kept.before.password, kept.now.password);
            before != 0 && now != 0 && before != now && kept.before.anchor == kept.now.anchor
        };
        let new: Vec<Kept<'_>> = self.kept().filter(is_new).collect();
        let (changes, gaps) = self.read(&new, |kept, _, now| {
            let cloud = self.twin(now, kept.now.class, self.judge.settings).filter(|&id| is_cloud_only(tenant, id));
            let (now, before) = (of_value(kept.now.object, attribute), of_value(kept.before.object, attribute));
            Some(Change { told_by, now: Some(now), before: Some(before), cloud: Some(cloud?) })
        });
        self.add(changes, gaps);
    }
}

fn name_site(object: ObjectId, name: &PrincipalName<'_>, settings: &Settings) -> Site {
    of_value(object, if name.is_computed() { AttributeId::SAM_ACCOUNT_NAME } else { settings.upn() })
}

fn domain(name: &str) -> &str {
    name.rsplit_once('@').map_or("", |(_, domain)| domain)
}
