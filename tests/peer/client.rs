//! Clients of the peer: the crate ldap3, and a bare socket.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use ldap3::controls::{Control, ControlType, PagedResults, RawControl};
use ldap3::{Ldap, LdapConnAsync, LdapResult, ResultEntry, Scope};
use ldap3_proto::LdapCodec;
use ldap3_proto::proto::{LdapMsg, LdapOp};
use tokio_util::codec::Encoder as _;

use crate::peer::{Behaviour, Directory, Peer};
use crate::support::entry::{DOMAIN, user};

/// A peer with so many users, named user1, user2 and so on.
pub(crate) fn users(count: usize, behaviour: Behaviour) -> Peer {
    let directory = (1..=count).fold(Directory::contoso(), |directory, number| directory.with(user(&format!("user{number}"))));
    Peer::start_with(directory, behaviour)
}

/// A connection without a bind.
pub(crate) async fn anonymous(peer: &Peer) -> Ldap {
    let (connection, ldap) = LdapConnAsync::new(&peer.uri()).await.unwrap();
    ldap3::drive!(connection);
    ldap
}

/// A connection after a bind.
pub(crate) async fn bound(peer: &Peer) -> Ldap {
    let mut ldap = anonymous(peer).await;
    ldap.simple_bind("reader@contoso.com", "secret").await.unwrap().success().unwrap();
    ldap
}

/// What a search brought.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) entries: Vec<Entry>,
    pub(crate) references: usize,
    pub(crate) result: LdapResult,
}

/// An entry, decoded strictly.
#[derive(Debug, PartialEq)]
pub(crate) struct Entry {
    pub(crate) dn: String,
    pub(crate) attributes: Vec<(String, Vec<Vec<u8>>)>,
}

impl Entry {
    /// None where a part is not what RFC 4511 says.
    pub(crate) fn new(entry: ResultEntry) -> Option<Entry> {
        let [dn, attributes] = <[_; 2]>::try_from(entry.0.match_id(4)?.expect_constructed()?).ok()?;
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).ok();
        let mut entry = Entry { dn: text(dn.match_id(4)?.expect_primitive()?)?, attributes: Vec::new() };
        for attribute in attributes.match_id(16)?.expect_constructed()? {
            let [name, values] = <[_; 2]>::try_from(attribute.match_id(16)?.expect_constructed()?).ok()?;
            let values = values.match_id(17)?.expect_constructed()?;
            let values = values.into_iter().map(|value| value.match_id(4)?.expect_primitive()).collect::<Option<_>>()?;
            entry.attributes.push((text(name.match_id(4)?.expect_primitive()?)?, values));
        }
        Some(entry)
    }

    /// The names of the attributes.
    pub(crate) fn names(&self) -> Vec<&str> {
        self.attributes.iter().map(|(name, _)| name.as_str()).collect()
    }

    /// The values of an attribute, as texts.
    pub(crate) fn values(&self, name: &str) -> Vec<&str> {
        let values = &self.attributes.iter().find(|(known, _)| known == name).unwrap_or_else(|| panic!("no {name} in {self:?}")).1;
        values.iter().map(|value| std::str::from_utf8(value).unwrap()).collect()
    }
}

impl Found {
    /// The first part of each name.
    pub(crate) fn names(&self) -> Vec<&str> {
        self.entries.iter().map(|entry| entry.dn.split(',').next().unwrap()).collect()
    }

    /// The cookie of the answer, when it was a page.
    pub(crate) fn cookie(&self) -> Option<Vec<u8>> {
        self.result.ctrls.iter().find_map(|control| match control {
            Control(Some(ControlType::PagedResults), raw) => Some(raw.parse::<PagedResults>().cookie),
            _ => None,
        })
    }
}

/// A search, to its end.
pub(crate) async fn search(ldap: &mut Ldap, base: &str, scope: Scope, filter: &str, attributes: &[&str]) -> ldap3::result::Result<Found> {
    let mut stream = ldap.streaming_search(base, scope, filter, attributes.to_vec()).await?;
    let (mut entries, mut references) = (Vec::new(), 0);
    while let Some(entry) = stream.next().await? {
        if entry.is_ref() {
            references += 1;
        } else {
            entries.push(Entry::new(entry).expect("the entry is well formed"));
        }
    }
    Ok(Found { entries, references, result: stream.finish().await })
}

/// All users below the domain, without their attributes.
pub(crate) async fn all_users(ldap: &mut Ldap) -> ldap3::result::Result<Found> {
    search(ldap, DOMAIN, Scope::Subtree, "(objectClass=user)", &["1.1"]).await
}

/// One page of them.
pub(crate) async fn page(ldap: &mut Ldap, size: i32, cookie: &[u8]) -> Found {
    let control: RawControl = PagedResults { size, cookie: cookie.to_vec() }.into();
    all_users(ldap.with_controls(control)).await.unwrap()
}

/// Sends requests over a bare socket and returns everything that comes until the peer closes the connection.
pub(crate) fn exchange(peer: &Peer, requests: impl IntoIterator<Item = LdapOp>) -> Vec<u8> {
    let mut stream = TcpStream::connect(peer.uri().trim_start_matches("ldap://")).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    for (number, op) in requests.into_iter().enumerate() {
        let mut bytes = bytes::BytesMut::new();
        let msgid = i32::try_from(number).unwrap() + 1;
        LdapCodec::default().encode(LdapMsg { msgid, op, ctrl: Vec::new() }, &mut bytes).unwrap();
        stream.write_all(&bytes).unwrap();
    }
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    answer
}
