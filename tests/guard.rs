//! What stands between the network and ldap3: whatever a server sends, ldap3 ends in order, and nothing that writes
//! leaves the program. ldap3 panics on messages that it does not expect, and the released program ends where one does.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on has failed")]
#![cfg(unix)]

use std::sync::Arc;
use std::time::Duration;

use ldap3::{LdapConnAsync, LdapConnSettings, Scope, StdStream};
use presync::source::ldap::ber::{self, ENUMERATED, INTEGER, OCTET_STRING, SEQUENCE, SET};
use presync::source::ldap::guard::{Watch, guard};
use presync::source::ldap::message::{answer, request};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::RngSeed;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::task::JoinHandle;

/// ldap3 behind the guard, and the server's end of the connection.
async fn connected() -> (ldap3::Ldap, JoinHandle<ldap3::result::Result<()>>, Arc<Watch>, DuplexStream) {
    let (server, network) = tokio::io::duplex(1 << 20);
    let (theirs, ours) = std::os::unix::net::UnixStream::pair().unwrap();
    ours.set_nonblocking(true).unwrap();
    let watch = Arc::new(Watch::default());
    tokio::spawn(guard(network, tokio::net::UnixStream::from_std(ours).unwrap(), Arc::clone(&watch)));
    let settings = LdapConnSettings::new().set_std_stream(StdStream::Unix(theirs));
    let (driver, ldap) = LdapConnAsync::with_settings(settings, "ldapi://inside").await.unwrap();
    (ldap, tokio::spawn(driver.drive()), watch, server)
}

fn block_on<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}

fn result(tag: u8, more: &[u8]) -> Vec<u8> {
    ber::wrap(tag, |inner| {
        ber::write(ENUMERATED, &[0], inner);
        ber::write(OCTET_STRING, b"", inner);
        ber::write(OCTET_STRING, b"fine", inner);
        inner.extend(more);
    })
}

fn entry() -> Vec<u8> {
    let attribute = ber::wrap(SEQUENCE, |inner| {
        ber::write(OCTET_STRING, b"cn", inner);
        inner.extend(ber::wrap(SET, |inner| ber::write(OCTET_STRING, b"Ann", inner)));
    });
    ber::wrap(answer::ENTRY, |inner| {
        ber::write(OCTET_STRING, b"CN=Ann,DC=contoso,DC=com", inner);
        ber::write(SEQUENCE, &attribute, inner);
    })
}

fn reference() -> Vec<u8> {
    ber::wrap(answer::REFERENCE, |inner| ber::write(OCTET_STRING, b"ldap://emea.contoso.com/DC=emea", inner))
}

/// The result of a search with the control that tells of further pages.
fn done_with_page() -> Vec<u8> {
    let page = ber::wrap(SEQUENCE, |inner| {
        ber::write(INTEGER, &[0], inner);
        ber::write(OCTET_STRING, b"cookie", inner);
    });
    let control = ber::wrap(SEQUENCE, |inner| {
        ber::write(OCTET_STRING, b"1.2.840.113556.1.4.319", inner);
        ber::write(OCTET_STRING, &page, inner);
    });
    ber::wrap(SEQUENCE, |inner| {
        ber::write(INTEGER, &[1], inner);
        inner.extend(result(answer::DONE, b""));
        ber::write(0xA0, &control, inner);
    })
}

/// What happens to a byte on its way.
#[derive(Debug, Clone, Copy)]
enum Damage {
    Change(u8),
    Remove,
    Insert(u8),
    CutOff,
    Double,
}

fn damage() -> impl Strategy<Value = Damage> {
    // Bytes that mean something in BER come more often.
    let byte =
        prop_oneof![any::<u8>(), select(vec![0, 1, 2, 4, 0x0A, 0x1F, 0x30, 0x31, 0x61, 0x64, 0x65, 0x73, 0x78, 0x80, 0x84, 0xA0, 0xFF])];
    prop_oneof![
        6 => byte.clone().prop_map(Damage::Change),
        2 => Just(Damage::Remove),
        2 => byte.prop_map(Damage::Insert),
        1 => Just(Damage::CutOff),
        1 => Just(Damage::Double),
    ]
}

fn messages() -> Vec<Vec<u8>> {
    vec![
        request(1, &entry()),
        request(1, &reference()),
        request(1, &result(answer::DONE, b"")),
        done_with_page(),
        request(0, &result(answer::EXTENDED, b"")),
        request(1, &result(answer::BIND, &[0x87, 1, 7])),
        request(1, &result(answer::DONE, &ber::wrap(0xA3, |inner| ber::write(OCTET_STRING, b"ldap://dc2", inner)))),
    ]
}

fn config() -> ProptestConfig {
    let mut config = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    if std::env::var_os("PROPTEST_CASES").is_none() {
        config.cases = 1500;
    }
    if config.rng_seed == RngSeed::Random {
        config.rng_seed = RngSeed::Fixed(0x5EED);
    }
    config
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn damaged_answers_end_a_search_in_order(
        chosen in vec(select(messages()), 1..5),
        damages in vec((any::<Index>(), damage()), 1..6),
    ) {
        let mut bytes = chosen.concat();
        for (at, damage) in damages {
            if bytes.is_empty() {
                break;
            }
            let at = at.index(bytes.len());
            match damage {
                Damage::Change(byte) => bytes[at] = byte,
                Damage::Remove => drop(bytes.remove(at)),
                Damage::Insert(byte) => bytes.insert(at, byte),
                Damage::CutOff => bytes.truncate(at),
                Damage::Double => bytes.extend_from_within(at..),
            }
        }
        block_on(async {
            let (mut ldap, driver, _, mut server) = connected().await;
            let search = tokio::spawn(async move {
                let patience = ldap.with_timeout(Duration::from_millis(500));
                patience.search("DC=contoso,DC=com", Scope::Subtree, "(cn=*)", vec!["cn"]).await.map(|found| found.0.len())
            });
            let mut asked = [0; 512];
            assert!(server.read(&mut asked).await.unwrap() > 0);
            // The guard may end the connection before everything is sent.
            let _ = server.write_all(&bytes).await;
            drop(server);
            prop_assert!(search.await.is_ok(), "the search panicked");
            prop_assert!(driver.await.is_ok(), "ldap3 panicked");
            Ok(())
        })?;
    }
}

#[test]
fn nothing_that_writes_reaches_a_server() {
    block_on(async {
        let (mut ldap, _, watch, mut server) = connected().await;
        let deleted = ldap.with_timeout(Duration::from_secs(5)).delete("CN=Ann,DC=contoso,DC=com").await;
        assert!(deleted.is_err());
        assert!(watch.end().unwrap().contains("only reads"), "{:?}", watch.end());
        let mut seen = Vec::new();
        server.read_to_end(&mut seen).await.unwrap();
        assert_eq!(seen, b"");
    });
}

#[test]
fn an_entry_in_pieces_is_one() {
    block_on(async {
        let (mut ldap, _, _, mut server) = connected().await;
        let search = tokio::spawn(async move { ldap.search("", Scope::Base, "(cn=*)", vec!["cn"]).await.unwrap().0.len() });
        let mut asked = [0; 512];
        assert!(server.read(&mut asked).await.unwrap() > 0);
        for byte in [request(1, &entry()), request(1, &result(answer::DONE, b""))].concat() {
            server.write_all(&[byte]).await.unwrap();
        }
        assert_eq!(search.await.unwrap(), 1);
    });
}
