//! `presync doctor` on a server as it should be, and on those that a run could not read or not wholly.

use std::process::Command;

use serde_json::Value;

use crate::certificate::Certificate;
use crate::domain::{Domain, Options};
use crate::program::{as_reader, ldaps, login, presync, run, start_tls, trust};
use crate::support::text;
use crate::template::{PASSWORD, Template};

/// The steps of an examination, as name and state, and the words of those that are not fine.
fn examine(command: &mut Command, code: i32) -> (Vec<(String, String)>, String) {
    let output = run(command.args(["--format", "json"])).exits(code);
    let json: Value = serde_json::from_str(&output.stdout).unwrap();
    assert_eq!((&json["schema"], &json["version"]), (&"presync/doctor".into(), &1.into()));
    let steps = json["servers"][0]["steps"].as_array().unwrap();
    let states = steps.iter().map(|step| (text(&step["step"]).to_owned(), text(&step["state"]).to_owned())).collect();
    let words = steps.iter().filter(|step| step["state"] != "ok").map(|step| format!("{} {}", step["lines"], step["help"]));
    (states, words.collect())
}

fn doctor(arguments: impl IntoIterator<Item = String>) -> Command {
    let mut command = presync("doctor");
    command.args(arguments);
    command
}

/// Stops the test unless the last step has failed, with these words.
#[track_caller]
fn fails(command: &mut Command, step: &str, parts: &[&str]) {
    let (steps, words) = examine(command, 3);
    assert_eq!(steps.last().unwrap(), &(step.to_owned(), "failed".to_owned()));
    assert!(steps[..steps.len() - 1].iter().all(|(_, state)| state == "ok"), "{steps:?}");
    for part in parts {
        assert!(words.contains(part), "{part:?} is not in {words}");
    }
}

#[test]
fn all_is_well_for_an_ordinary_account() {
    let domain = Domain::of(Template::Small);
    for way in [ldaps(&domain), start_tls(&domain)] {
        let (steps, words) = examine(doctor(way).args(login(&domain, "reader", PASSWORD)), 0);
        let steps: Vec<_> = steps.iter().map(|(name, state)| (name.as_str(), state.as_str())).collect();
        let expected = ["name", "ports", "protection", "account", "directory", "pages", "objects", "rights"];
        assert_eq!(steps, expected.map(|name| (name, "ok")), "{words}");
    }
    let output = run(&mut doctor(as_reader(&domain))).exits(0);
    for part in [&domain.host(), "636 open", "MaxPageSize=1000", "1187 users", "A run would read everything that this account can see."] {
        assert!(output.stdout.contains(part), "{part} is not in\n{}", output.stdout);
    }
}

#[test]
fn the_first_step_that_fails_is_told_with_what_to_do() {
    let domain = Domain::of(Template::Fabrikam);
    let (account, trust) = (login(&domain, "reader", PASSWORD), trust(&domain));
    let at = |uri: &str| doctor([vec!["-H".to_owned(), uri.to_owned()], account.clone(), trust.clone()].concat());
    fails(&mut at("ldaps://dc1.nowhere.invalid"), "name", &["dc1.nowhere.invalid is not found", "check the spelling"]);
    fails(&mut at(&format!("ldaps://{}:1", domain.address())), "ports", &["1 closed", "636 open", "open the port in the firewall"]);
    let wrong = login(&domain, "disabled", PASSWORD);
    fails(&mut doctor([ldaps(&domain), wrong].concat()), "account", &["the account is disabled", "presync explain 533"]);
    for (certificate, words) in [(Certificate::Expired, "has expired"), (Certificate::UnknownAuthority, "--cacert")] {
        let domain = Domain::start(&Options { template: Template::Fabrikam, certificate, ..Options::default() });
        fails(&mut doctor(as_reader(&domain)), "protection", &[words, "CN=server"]);
    }
}

#[test]
fn who_may_not_read_an_attribute_is_told() {
    let domain = Domain::of(Template::Small);
    // userAccountControl, below an organizational unit that is not among the first.
    domain.deny(&format!("OU=Odd,{}", domain.base()), "(OD;CIIO;RP;bf967a68-0de6-11d0-a285-00aa003049e2;;AU)");
    let (steps, words) = examine(&mut doctor(as_reader(&domain)), 4);
    assert_eq!(steps.last().unwrap(), &("rights".to_owned(), "missing".to_owned()));
    assert!(words.contains("userAccountControl cannot be read on 10 of"), "{words}");
}

#[test]
fn who_may_not_look_into_an_organizational_unit_is_told() {
    let domain = Domain::of(Template::Small);
    let hidden = format!("OU=Odd,{}", domain.base());
    domain.deny(&hidden, "(D;CI;RPLCLO;;;AU)");
    let (_, words) = examine(&mut doctor(as_reader(&domain)), 4);
    assert!(words.contains(&hidden), "{words}");
}
