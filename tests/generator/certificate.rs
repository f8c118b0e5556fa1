//! Certificates and photos: DER that a certificate reader accepts, and bytes that look like a JPEG.

use super::random::Stream;

const SHA256_RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b];
const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
const COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];
const COMMENT: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x86, 0xf8, 0x42, 0x01, 0x0d];

/// A certificate for this subject, 0.9 to 2.2 KB; some have expired. Its signature is not one.
pub fn certificate(subject: &str, stream: &mut Stream) -> Vec<u8> {
    let mut serial = vec![0x4d];
    stream.bytes(15, &mut serial);
    let year = 13 + stream.below(16);
    let (month, day) = (1 + stream.below(12), 1 + stream.below(28));
    let date = |year| tlv(0x17, &[format!("{year:02}{month:02}{day:02}081500Z").as_bytes()]);
    let algorithm = tlv(0x30, &[&tlv(0x06, &[SHA256_RSA]), &[0x05, 0x00]]);
    let tbs = tlv(
        0x30,
        &[
            &[0xa0, 0x03, 0x02, 0x01, 0x02],
            &tlv(0x02, &[&serial]),
            &algorithm,
            &name("Contoso Issuing CA 1"),
            &tlv(0x30, &[&date(year), &date(year + 2)]),
            &name(subject),
            &public_key(stream),
            &extensions(stream),
        ],
    );
    tlv(0x30, &[&tbs, &algorithm, &bit_string(256, stream)])
}

/// A photo of exactly `size` bytes, at least 20.
pub fn photo(size: usize, stream: &mut Stream) -> Vec<u8> {
    const HEAD: &[u8] = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01";
    const TAIL: &[u8] = b"\xff\xd9";
    let mut bytes = Vec::with_capacity(size);
    bytes.extend_from_slice(HEAD);
    stream.bytes(size.saturating_sub(HEAD.len() + TAIL.len()), &mut bytes);
    bytes.extend_from_slice(TAIL);
    bytes
}

fn name(common_name: &str) -> Vec<u8> {
    let pair = tlv(0x30, &[&tlv(0x06, &[COMMON_NAME]), &tlv(0x0c, &[common_name.as_bytes()])]);
    tlv(0x30, &[&tlv(0x31, &[&pair])])
}

fn public_key(stream: &mut Stream) -> Vec<u8> {
    let mut modulus = vec![0, 0xc3];
    stream.bytes(255, &mut modulus);
    let numbers = tlv(0x30, &[&tlv(0x02, &[&modulus]), &[0x02, 0x03, 0x01, 0x00, 0x01]]);
    let algorithm = tlv(0x30, &[&tlv(0x06, &[RSA]), &[0x05, 0x00]]);
    tlv(0x30, &[&algorithm, &tlv(0x03, &[&[0], &numbers])])
}

fn extensions(stream: &mut Stream) -> Vec<u8> {
    let length = 120 + stream.below(1200);
    let mut text = Vec::with_capacity(length);
    stream.bytes(length, &mut text);
    for byte in &mut text {
        *byte = b'a' + *byte % 26;
    }
    let comment = tlv(0x30, &[&tlv(0x06, &[COMMENT]), &tlv(0x04, &[&tlv(0x16, &[&text])])]);
    tlv(0xa3, &[&tlv(0x30, &[&comment])])
}

fn bit_string(bytes: usize, stream: &mut Stream) -> Vec<u8> {
    let mut content = vec![0];
    stream.bytes(bytes, &mut content);
    tlv(0x03, &[&content])
}

/// A tag, the length, and the content.
fn tlv(tag: u8, content: &[&[u8]]) -> Vec<u8> {
    let length: usize = content.iter().map(|part| part.len()).sum();
    let mut out = Vec::with_capacity(length + 4);
    out.push(tag);
    match length {
        0..0x80 => out.push(length as u8),
        0x80..0x100 => out.extend_from_slice(&[0x81, length as u8]),
        _ => {
            out.push(0x82);
            out.extend_from_slice(&(length as u16).to_be_bytes());
        }
    }
    for part in content {
        out.extend_from_slice(part);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_has_the_size_of_a_real_one() {
        for seed in 0..200 {
            let bytes = certificate("Anna Smith", &mut Stream::new(seed));
            assert!((800..2300).contains(&bytes.len()), "{}", bytes.len());
            let told = usize::from(u16::from_be_bytes([bytes[2], bytes[3]]));
            assert_eq!(told + 4, bytes.len());
        }
    }

    #[test]
    fn a_photo_has_exactly_its_size() {
        for size in [20, 102_400, 102_401] {
            assert_eq!(photo(size, &mut Stream::new(1)).len(), size);
        }
    }
}
