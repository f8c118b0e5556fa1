//! Results, with the texts of Active Directory.

use bytes::BytesMut;
use ldap3_proto::control::LdapControl;
use ldap3_proto::proto::{LdapBindResponse, LdapExtendedResponse, LdapMsg, LdapOp, LdapResult};
use ldap3_proto::{LdapCodec, LdapResultCode};
use tokio_util::codec::{Decoder as _, Encoder as _};

use super::fault::Occasion;

pub(super) const OID_START_TLS: &str = "1.3.6.1.4.1.1466.20037";

/// What Active Directory says with a result code, or much the same.
pub(super) fn diagnostic(code: i64) -> &'static str {
    match code {
        0 => "",
        1 => {
            "000004DC: LdapErr: DSID-0C090A5C, comment: In order to perform this operation a successful bind must be completed on the \
             connection., data 0, v4563"
        }
        4 => "00002023: SvcErr: DSID-031A1252, problem 5003 (SIZE_LIMIT), data 0",
        7 => "00002027: LdapErr: DSID-0C0905ED, comment: Invalid Authentication method, data 0, v4563",
        8 => {
            "00002028: LdapErr: DSID-0C090259, comment: The server requires binds to turn on integrity checking if SSL\\TLS are not \
             already active on the connection, data 0, v4563"
        }
        10 => "0000202B: RefErr: DSID-0310082F, data 0, 1 access points\n\tref 1: 'another'\n",
        12 => "00000057: LdapErr: DSID-0C090C7A, comment: Error processing control, data 0, v4563",
        _ => "00002024: SvcErr: DSID-03200000, problem 5000, data 0",
    }
}

/// A result with the text that goes with its code.
pub(super) fn ldap_result(code: i64) -> LdapResult {
    ldap_result_saying(code, diagnostic(code))
}

pub(super) fn ldap_result_saying(code: i64, text: &str) -> LdapResult {
    let code = LdapResultCode::try_from(code).unwrap_or_else(|_| panic!("{code} is no result code"));
    LdapResult { code, matcheddn: String::new(), message: text.to_owned(), referral: Vec::new() }
}

/// A message that is a result, of the kind that belongs to the occasion.
pub(super) fn message(occasion: Occasion<'_>, id: i32, res: LdapResult) -> Vec<u8> {
    let op = match occasion {
        Occasion::Bind => LdapOp::BindResponse(LdapBindResponse { res, saslcreds: None }),
        Occasion::Search { .. } => LdapOp::SearchResultDone(res),
        Occasion::Connect | Occasion::StartTls => {
            LdapOp::ExtendedResponse(LdapExtendedResponse { res, name: Some(OID_START_TLS.to_owned()), value: None })
        }
    };
    encode(id, op, Vec::new())
}

/// The result of a search turned into another one, with the controls that it has.
pub(super) fn turned(done: &[u8], res: LdapResult) -> Vec<u8> {
    let message = LdapCodec::default().decode(&mut BytesMut::from(done)).ok().flatten().expect("the peer reads what it wrote");
    encode(message.msgid, LdapOp::SearchResultDone(res), message.ctrl)
}

pub(super) fn encode(id: i32, op: LdapOp, controls: Vec<LdapControl>) -> Vec<u8> {
    let mut bytes = BytesMut::new();
    LdapCodec::default().encode(LdapMsg { msgid: id, op, ctrl: controls }, &mut bytes).expect("memory can be written to");
    bytes.to_vec()
}
