//! Messages that nobody should send.

use std::time::Duration;

use ldap3::{LdapError, Scope};
use ldap3_proto::LdapFilter;
use ldap3_proto::proto::{LdapDerefAliases, LdapOp, LdapSearchRequest, LdapSearchScope};

use super::client::{Entry, bound, exchange, users};
use super::peer::{Behaviour, Fault, Malformed};
use super::support::entry::DOMAIN;

/// A search for all users.
pub(crate) fn subtree() -> LdapOp {
    LdapOp::SearchRequest(LdapSearchRequest {
        base: DOMAIN.to_owned(),
        scope: LdapSearchScope::Subtree,
        aliases: LdapDerefAliases::Never,
        sizelimit: 0,
        timelimit: 0,
        typesonly: false,
        filter: LdapFilter::Equality("objectClass".to_owned(), "user".to_owned()),
        attrs: vec!["1.1".to_owned()],
    })
}

/// What the peer sends in place of the first entry before it closes the connection.
fn sent(malformed: Malformed) -> Vec<u8> {
    let faults = vec![Fault::send(malformed), Fault::close()];
    let peer = users(1, Behaviour { anonymous_search: true, faults, ..Behaviour::default() });
    exchange(&peer, [subtree()])
}

/// What comes of a message between the first user and the second.
#[derive(Debug, PartialEq)]
enum Outcome {
    /// Both users, and this between them.
    Between(Vec<Entry>),
    /// Both users, and an entry between them that is not well formed.
    BrokenEntry,
    /// The client waits for more.
    Waits,
    /// The client gives the connection up.
    Ends,
}

/// What the crate ldap3 makes of a message.
async fn outcome(malformed: Malformed) -> Outcome {
    outcome_within(malformed, Duration::from_secs(10)).await
}

async fn outcome_within(malformed: Malformed, patience: Duration) -> Outcome {
    let peer = users(2, Behaviour { faults: vec![Fault::send(malformed).after(1)], ..Behaviour::default() });
    let mut ldap = bound(&peer).await;
    let mut stream = ldap.with_timeout(patience).streaming_search(DOMAIN, Scope::Subtree, "(objectClass=user)", ["1.1"]).await.unwrap();
    let mut entries = Vec::new();
    loop {
        match stream.next().await {
            Ok(Some(entry)) => entries.push(Entry::new(entry)),
            Ok(None) => break,
            Err(LdapError::Timeout { .. }) => return Outcome::Waits,
            Err(_) => return Outcome::Ends,
        }
    }
    assert_eq!(stream.finish().await.rc, 0);
    let dn = |entry: Option<Option<Entry>>| entry.flatten().expect("a user is well formed").dn;
    assert!(dn(entries.pop()).starts_with("CN=user2,"));
    assert!(dn(Some(entries.remove(0))).starts_with("CN=user1,"));
    entries.into_iter().collect::<Option<_>>().map_or(Outcome::BrokenEntry, Outcome::Between)
}

#[tokio::test]
async fn a_broken_entry_comes_between_others() {
    let broken = [
        Malformed::BrokenAttribute,
        Malformed::WrongTags,
        Malformed::InvalidUtf8Dn,
        Malformed::InvalidUtf8AttributeName,
        Malformed::EntryWithoutAttributes,
    ];
    for malformed in broken {
        assert_eq!(outcome(malformed).await, Outcome::BrokenEntry, "{malformed:?}");
    }
}

#[tokio::test]
async fn an_entry_can_be_odd_and_allowed() {
    let cn = || ("cn".to_owned(), vec![b"Malformed".to_vec()]);
    let without_values = Entry { dn: "CN=Malformed,DC=contoso,DC=com".to_owned(), attributes: vec![cn(), ("mail".to_owned(), Vec::new())] };
    assert_eq!(outcome(Malformed::NoValues).await, Outcome::Between(vec![without_values]));
    let nameless = Entry { dn: String::new(), attributes: vec![cn()] };
    assert_eq!(outcome(Malformed::EmptyDn).await, Outcome::Between(vec![nameless]));
}

#[tokio::test]
async fn what_belongs_to_no_search_comes_between_entries() {
    for malformed in [Malformed::NoticeOfDisconnection, Malformed::NoticeOfActiveDirectory, Malformed::StrayMessages] {
        assert_eq!(outcome(malformed).await, Outcome::Between(Vec::new()), "{malformed:?}");
    }
    // The code 52, two empty texts, and the object identifier within the response, or behind it.
    let oid = hexadecimal(b"1.3.6.1.4.1.1466.20036");
    assert_eq!(hexadecimal(&sent(Malformed::NoticeOfDisconnection)), format!("3024020100781f0a0134040004008a16{oid}"));
    assert_eq!(hexadecimal(&sent(Malformed::NoticeOfActiveDirectory)), format!("302402010078070a0134040004008a16{oid}"));
}

#[tokio::test]
async fn lengths_can_lie() {
    let lies = [Malformed::LengthBeyondMessage, Malformed::LengthBeyondBuffer, Malformed::HugeLength, Malformed::NegativeLength];
    for malformed in lies {
        assert_eq!(outcome_within(malformed, Duration::from_millis(50)).await, Outcome::Waits, "{malformed:?}");
    }
    assert!(hexadecimal(&sent(Malformed::LengthBeyondMessage)).ends_with("3006307f0402636e"));
    assert_eq!(hexadecimal(&sent(Malformed::LengthBeyondBuffer)), "30821000020101");
    assert_eq!(hexadecimal(&sent(Malformed::HugeLength)), "3084ffffffff020101");
    assert_eq!(hexadecimal(&sent(Malformed::NegativeLength)), "3088ffffffffffffffff020101");
}

#[tokio::test]
async fn a_message_can_be_none() {
    let none = [
        (Malformed::IndefiniteLength, "308002010164"),
        (Malformed::UnknownOperation, "30080201017d0304013f"),
        (Malformed::BrokenResult, "300a02010165050401300400"),
        (Malformed::InvalidUtf8Text, "301b02010165160a01340400040f"),
        (Malformed::EmptyMessage, "3000"),
        (Malformed::MessageWithoutId, "300e04036f6e6565070a010004000400"),
        (Malformed::NotLdap, "485454502f312e3120343030"),
    ];
    for (malformed, bytes) in none {
        assert!(hexadecimal(&sent(malformed)).starts_with(bytes), "{malformed:?}");
        assert_eq!(outcome(malformed).await, Outcome::Ends, "{malformed:?}");
    }
    assert!(hexadecimal(&sent(Malformed::IndefiniteLength)).ends_with("0000"));
}

/// No client is asked here: ldap3 would take the control apart only when somebody looks at it, and panic.
#[test]
fn a_control_can_be_broken() {
    let oid = hexadecimal(b"1.2.840.113556.1.4.319");
    assert_eq!(hexadecimal(&sent(Malformed::BrokenPagedControl)), format!("302b02010165070a010004000400a01d301b0416{oid}04013f"));
}

/// Nor here: one that recurses for each level without counting has no stack left.
#[test]
fn a_message_can_be_very_deep() {
    let bytes = sent(Malformed::DeepNesting);
    assert_eq!(bytes.len(), 600_000);
    for (level, header) in bytes.chunks(6).enumerate() {
        let below = u32::try_from(bytes.len() - (level + 1) * 6).unwrap();
        assert_eq!(header, [&[0x30, 0x84][..], &below.to_be_bytes()].concat());
    }
}

#[test]
fn a_result_can_come_twice() {
    let ask = |faults: Vec<Fault>| {
        let peer = users(1, Behaviour { anonymous_search: true, faults, ..Behaviour::default() });
        hexadecimal(&exchange(&peer, [subtree(), LdapOp::UnbindRequest]))
    };
    let done = "300c02010165070a010004000400";
    assert_eq!(ask(Vec::new()).matches(done).count(), 1);
    assert_eq!(ask(vec![Fault::done_twice()]).matches(done).count(), 2);
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
