//! Search filters: whether an entry fits, and how they read.

use ldap3_proto::LdapFilter;
use ldap3_proto::proto::LdapMatchingRuleAssertion;

use super::directory::{BIT_AND, BIT_OR, Entry};

/// Whether an entry fits. As in Active Directory, what is not there is not equal, so its negation holds.
pub(super) fn fits(filter: &LdapFilter, entry: &Entry) -> bool {
    let any = |name: &str, test: &dyn Fn(&str) -> bool| entry.values(name).iter().any(|value| test(&folded(value)));
    match filter {
        LdapFilter::And(filters) => filters.iter().all(|filter| fits(filter, entry)),
        LdapFilter::Or(filters) => filters.iter().any(|filter| fits(filter, entry)),
        LdapFilter::Not(filter) => !fits(filter, entry),
        LdapFilter::Present(name) => !entry.values(name).is_empty(),
        // A category is a distinguished name, and Active Directory takes the name of its class for it.
        LdapFilter::Equality(name, wanted) if name.eq_ignore_ascii_case("objectCategory") => {
            let wanted = wanted.to_lowercase();
            any(name, &|value| value == wanted || value.strip_prefix("cn=").and_then(|name| name.split(',').next()) == Some(&wanted))
        }
        LdapFilter::Equality(name, wanted) | LdapFilter::Approx(name, wanted) => any(name, &|value| value == wanted.to_lowercase()),
        LdapFilter::GreaterOrEqual(name, wanted) => any(name, &|value| compare(value, wanted).is_ge()),
        LdapFilter::LessOrEqual(name, wanted) => any(name, &|value| compare(value, wanted).is_le()),
        LdapFilter::Substring(name, parts) => any(name, &|value| {
            let Some(mut rest) = value.strip_prefix(&parts.initial.as_deref().unwrap_or_default().to_lowercase()) else { return false };
            for part in &parts.any {
                let Some((_, after)) = rest.split_once(&part.to_lowercase()) else { return false };
                rest = after;
            }
            rest.ends_with(&parts.final_.as_deref().unwrap_or_default().to_lowercase())
        }),
        LdapFilter::Extensible(rule) => any(rule.type_.as_deref().unwrap_or_default(), &|value| bits_fit(rule, value)),
    }
}

/// Case does not count; what is not UTF-8 is compared by what is left of it.
fn folded(value: &[u8]) -> String {
    String::from_utf8_lossy(value).to_lowercase()
}

fn compare(value: &str, wanted: &str) -> std::cmp::Ordering {
    match (value.parse::<i64>(), wanted.parse::<i64>()) {
        (Ok(value), Ok(wanted)) => value.cmp(&wanted),
        _ => value.cmp(wanted.to_lowercase().as_str()),
    }
}

fn bits_fit(rule: &LdapMatchingRuleAssertion, value: &str) -> bool {
    let (Ok(value), Ok(mask)) = (value.parse::<i64>(), rule.match_value.parse::<i64>()) else { return false };
    match rule.matching_rule.as_deref() {
        Some(BIT_AND) => value & mask == mask,
        Some(BIT_OR) => value & mask != 0,
        _ => false,
    }
}

/// A filter in the form of RFC 4515.
pub(super) fn text(filter: &LdapFilter) -> String {
    let list = |filters: &[LdapFilter]| filters.iter().map(text).collect::<String>();
    let inner = match filter {
        LdapFilter::And(filters) => format!("&{}", list(filters)),
        LdapFilter::Or(filters) => format!("|{}", list(filters)),
        LdapFilter::Not(filter) => format!("!{}", text(filter)),
        LdapFilter::Present(name) => format!("{name}=*"),
        LdapFilter::Equality(name, value) => format!("{name}={}", escaped(value)),
        LdapFilter::Approx(name, value) => format!("{name}~={}", escaped(value)),
        LdapFilter::GreaterOrEqual(name, value) => format!("{name}>={}", escaped(value)),
        LdapFilter::LessOrEqual(name, value) => format!("{name}<={}", escaped(value)),
        LdapFilter::Substring(name, parts) => {
            let between: String = parts.any.iter().map(|part| format!("{}*", escaped(part))).collect();
            let end = |part: &Option<String>| escaped(part.as_deref().unwrap_or_default());
            format!("{name}={}*{between}{}", end(&parts.initial), end(&parts.final_))
        }
        LdapFilter::Extensible(rule) => {
            let dn = if rule.dn_attributes { ":dn" } else { "" };
            let oid = rule.matching_rule.as_ref().map(|oid| format!(":{oid}")).unwrap_or_default();
            format!("{}{dn}{oid}:={}", rule.type_.as_deref().unwrap_or_default(), escaped(&rule.match_value))
        }
    };
    format!("({inner})")
}

fn escaped(value: &str) -> String {
    let escape = |character: char| match character {
        '*' | '(' | ')' | '\\' | '\0' => format!("\\{:02x}", u32::from(character)),
        _ => character.to_string(),
    };
    value.chars().map(escape).collect()
}
