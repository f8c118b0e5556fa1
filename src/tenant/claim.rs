//! Values of an exported object that another object of the cloud holds.

use crate::directory::class::Target;
use crate::directory::{AttributeId, Object, Scheme};
use crate::sync::Settings;
use crate::sync::flow::{cloud_alias, is_dropped_address};

use super::meeting::{Incoming, Meeting, Place};
use super::tenant::{CloudId, Tenant};

/// A value that an exported object brings and another object of the cloud holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// What the value is.
    pub what: Claimed,
    /// Where on the exported object it is.
    pub place: Place,
    /// The object of the cloud.
    pub holder: CloudId,
    /// How it holds the value.
    pub held: Held,
}

/// What a claimed value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Claimed {
    /// An SMTP address, held by an object of the same class.
    Address,
    /// An SMTP address, held by an object of another class.
    AddressOfOtherClass,
    /// A user principal name.
    Name,
    /// A user principal name, held as an address.
    NameAsAddress,
    /// A SIP, X500 or EUM address.
    OtherAddress,
    /// The name that the cloud would compute.
    ResultingName,
}

/// How an object of the cloud holds a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Held {
    /// As its own.
    Now,
    /// It is in the recycle bin.
    Deleted,
    /// It wants the value, too, and has it in quarantine.
    Quarantined,
}

impl Tenant {
    /// The values of an exported object that others hold. What it holds itself in the cloud is its own, and so is everything
    /// on the object that it is kept from: that conflict is told as a whole.
    pub fn claims(&self, object: &Object<'_>, incoming: &Incoming<'_>, meeting: &Meeting, settings: &Settings) -> Vec<Claim> {
        let own = match *meeting {
            Meeting::Unknown => return Vec::new(),
            Meeting::New => None,
            Meeting::Met { object, .. } | Meeting::Blocked { object, .. } => Some(object),
        };
        let mut claims = Vec::new();
        for address in incoming.export.addresses() {
            let Ok(text) = std::str::from_utf8(address.text) else { continue };
            let place = Place { attribute: address.attribute, value: Some(address.number) };
            let holders = self.by_address(text).map(|holder| holder.object);
            if let Some((holder, held)) = self.claimed(holders, own, "ProxyAddress", text) {
                let same = self.object(holder).class() == incoming.class;
                let what = if same { Claimed::Address } else { Claimed::AddressOfOtherClass };
                claims.push(Claim { what, place, holder, held });
            }
        }
        for proxy in incoming.export.proxies.iter().filter(|proxy| !matches!(proxy.scheme, None | Some(Scheme::Smtp))) {
            let Ok(text) = std::str::from_utf8(proxy.text()) else { continue };
            if is_dropped_address(text) {
                continue;
            }
            let place = Place { attribute: AttributeId::PROXY_ADDRESSES, value: Some(proxy.number) };
            if let Some((holder, held)) = self.claimed(self.by_other_address(text), own, "", text) {
                claims.push(Claim { what: Claimed::OtherAddress, place, holder, held });
            }
        }
        if incoming.class == Target::User {
            self.claim_name(object, incoming, meeting, own, settings, &mut claims);
        }
        claims
    }

    fn claim_name(
        &self,
        object: &Object<'_>,
        incoming: &Incoming<'_>,
        meeting: &Meeting,
        own: Option<CloudId>,
        settings: &Settings,
        claims: &mut Vec<Claim>,
    ) {
        let Some(name) = incoming.name() else { return };
        let place = Place { attribute: incoming.name_attribute, value: Some(0) };
        if incoming.export.name_is_replaced(settings) {
            // An object that is there already keeps its name until the one on-premises changes.
            let (Some(alias), Some(domain), Meeting::New) = (cloud_alias(object, incoming.export), &settings.initial_domain, meeting)
            else {
                return;
            };
            let computed = format!("{alias}@{domain}");
            let mut holders = self.by_user_principal_name(&computed).filter(|&holder| !self.object(holder).is_deleted());
            if let Some(holder) = holders.next() {
                claims.push(Claim { what: Claimed::ResultingName, place, holder, held: Held::Now });
            }
            return;
        }
        if let Some((holder, held)) = self.claimed(self.by_user_principal_name(name), own, "UserPrincipalName", name) {
            claims.push(Claim { what: Claimed::Name, place, holder, held });
            return;
        }
        let is_own_address = incoming.export.addresses().any(|address| address.text.eq_ignore_ascii_case(name.as_bytes()));
        let holders = self.by_address(name).map(|holder| holder.object);
        if !is_own_address && let Some((holder, Held::Now)) = self.claimed(holders, own, "", name) {
            claims.push(Claim { what: Claimed::NameAsAddress, place, holder, held: Held::Now });
        }
    }

    /// Who else holds a value, unless the object itself does: an object that is there before one that is deleted, and both
    /// before one that has the value in quarantine.
    fn claimed(
        &self,
        holders: impl Iterator<Item = CloudId>,
        own: Option<CloudId>,
        property: &str,
        value: &str,
    ) -> Option<(CloudId, Held)> {
        let mut found: Option<(Held, CloudId)> = None;
        for holder in holders {
            if Some(holder) == own {
                return None;
            }
            let held = if self.object(holder).is_deleted() { Held::Deleted } else { Held::Now };
            found = Some(found.map_or((held, holder), |best| best.min((held, holder))));
        }
        let waiting = || self.by_quarantined(property, value).find(|&other| Some(other) != own).map(|other| (Held::Quarantined, other));
        // Whoever waits for a value that the object holds already, waits for the object.
        found.or_else(waiting).map(|(held, holder)| (holder, held))
    }
}
