use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use super::*;
use crate::time::{DAY, SECOND, Timestamp};

pub const NOW: Timestamp = Timestamp::from_millis(1_795_000_000_000);
const SECONDS: i64 = 1_795_000_000;

pub fn settings() -> Settings {
    Settings::read("acme.cloudflareaccess.com", "tag-one, tag-two", "").unwrap().unwrap()
}

pub fn claims() -> Value {
    json!({
        "iss": "https://acme.cloudflareaccess.com", "aud": ["other", "tag-two"], "type": "app", "sub": "7335",
        "email": "Ada@Example.com", "iat": SECONDS - 60, "nbf": SECONDS - 60, "exp": SECONDS + 3600,
    })
}

fn part(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

pub fn token(header: &Value, claims: &Value) -> String {
    format!("{}.{}.{}", part(header), part(claims), URL_SAFE_NO_PAD.encode([7_u8; 256]))
}

fn header() -> Value {
    json!({ "alg": "RS256", "kid": "one", "typ": "JWT" })
}

fn judged(claims: &Value) -> Result<Identity, Flaw> {
    Assertion::read(&token(&header(), claims)).unwrap().judge(&settings(), NOW)
}

/// The claims with one that is another, or gone when it is null.
fn with(name: &str, value: Value) -> Value {
    let mut claims = claims();
    let object = claims.as_object_mut().unwrap();
    object.remove(name);
    if !value.is_null() {
        object.insert(name.to_owned(), value);
    }
    claims
}

#[test]
fn a_good_assertion_says_who_until_when_and_what_is_signed() {
    let text = token(&header(), &claims());
    let assertion = Assertion::read(&text).unwrap();
    assert_eq!((assertion.key_id.as_str(), assertion.signature.len()), ("one", 256));
    assert_eq!(assertion.signed, text.rsplit_once('.').unwrap().0.as_bytes());
    let identity = assertion.judge(&settings(), NOW).unwrap();
    let until = Timestamp::from_millis((SECONDS + 3600) * 1000).plus(LEEWAY);
    let application = "https://acme.cloudflareaccess.com/tag-two".to_owned();
    assert_eq!(identity, Identity { email: "ada@example.com".to_owned(), until, application });
    assert!(judged(&with("aud", json!("tag-one"))).is_ok(), "a single audience");
    assert!(judged(&with("nbf", Value::Null)).is_ok());
    assert!(judged(&with("type", Value::Null)).is_ok());
    assert!(judged(&with("exp", json!(1_795_003_600.5_f64))).is_ok(), "a fraction");
}

#[test]
fn every_malformed_token_is_refused_with_its_reason() {
    let (head, body, signature) = (part(&header()), part(&claims()), URL_SAFE_NO_PAD.encode([7_u8; 256]));
    let mut corpus: Vec<(String, Flaw)> = [
        String::new(),
        ".".to_owned(),
        "..".to_owned(),
        "a.b.c".to_owned(),
        head.clone(),
        format!("{head}.{body}"),
        format!("{head}.{body}."),
        format!(".{body}.{signature}"),
        format!("{head}..{signature}"),
        format!("{head}.{body}.{signature}.{signature}"),
        format!("{head}.{body}.{signature}="),
        format!("{head}=.{body}.{signature}"),
        format!(" {head}.{body}.{signature}"),
        format!("{head}.{body}.+/{signature}"),
        format!("{head}\n.{body}.{signature}"),
        format!("{}.{body}.{signature}", URL_SAFE_NO_PAD.encode("[]")),
        format!("{}.{body}.{signature}", URL_SAFE_NO_PAD.encode("{")),
        format!("{}.{body}.{signature}", URL_SAFE_NO_PAD.encode([0xff, 0xfe])),
        format!("{head}.{}.{signature}", URL_SAFE_NO_PAD.encode("null")),
        format!("{head}.{}.{signature}", URL_SAFE_NO_PAD.encode("\"text\"")),
        format!("{head}.{}.{signature}", URL_SAFE_NO_PAD.encode("[".repeat(5_000))),
        format!("{head}.{body}.{}", "A".repeat(16 * 1024)),
        token(&json!({"alg": "RS256", "kid": "one", "crit": ["b64"], "b64": false}), &claims()),
    ]
    .into_iter()
    .map(|text| (text, Flaw::Malformed))
    .collect();
    for alg in [
        json!("none"),
        json!("None"),
        json!(""),
        json!("HS256"),
        json!("rs256"),
        json!("RS512"),
        json!("PS256"),
        json!(["RS256"]),
        json!(null),
    ] {
        corpus.push((token(&json!({ "alg": alg, "kid": "one" }), &claims()), Flaw::Algorithm));
    }
    corpus.push((token(&json!({ "kid": "one" }), &claims()), Flaw::Algorithm));
    for kid in [json!(""), json!(7), json!(null), json!("k".repeat(201))] {
        corpus.push((token(&json!({ "alg": "RS256", "kid": kid }), &claims()), Flaw::NoKey));
    }
    for (text, flaw) in corpus {
        let shown: String = text.chars().take(80).collect();
        assert_eq!(Assertion::read(&text).err(), Some(flaw), "{shown}");
    }
}

#[test]
fn every_claim_that_does_not_fit_is_refused_with_its_reason() {
    for (name, value, flaw) in [
        ("iss", json!("https://evil.cloudflareaccess.com"), Flaw::Issuer),
        ("iss", json!("https://acme.cloudflareaccess.com/"), Flaw::Issuer),
        ("iss", json!("http://acme.cloudflareaccess.com"), Flaw::Issuer),
        ("iss", json!(["https://acme.cloudflareaccess.com"]), Flaw::Issuer),
        ("iss", Value::Null, Flaw::Issuer),
        ("aud", json!("tag"), Flaw::Audience),
        ("aud", json!(["tag-one "]), Flaw::Audience),
        ("aud", json!([]), Flaw::Audience),
        ("aud", json!([["tag-one"]]), Flaw::Audience),
        ("aud", json!({ "tag-one": true }), Flaw::Audience),
        ("aud", Value::Null, Flaw::Audience),
        ("exp", Value::Null, Flaw::Malformed),
        ("exp", json!("1795003600"), Flaw::Malformed),
        ("exp", json!(-1), Flaw::Malformed),
        ("exp", json!(1e300_f64), Flaw::Malformed),
        ("exp", json!(SECONDS - 30), Flaw::Expired),
        ("iat", Value::Null, Flaw::Malformed),
        ("iat", json!(true), Flaw::Malformed),
        ("iat", json!(SECONDS + 31), Flaw::NotYet),
        ("nbf", json!(SECONDS + 31), Flaw::NotYet),
        ("nbf", json!("soon"), Flaw::Malformed),
        ("type", json!("org"), Flaw::NotAPerson),
        ("type", json!(1), Flaw::NotAPerson),
        ("email", Value::Null, Flaw::NotAPerson),
        ("email", json!(""), Flaw::NotAPerson),
        ("email", json!(["ada@example.com"]), Flaw::Email),
        ("email", json!("ada"), Flaw::Email),
        ("email", json!("ada@example.com\u{202e}"), Flaw::Email),
        // Folds to the address of somebody else: ada@kelvin.example.
        ("email", json!("ada@\u{212a}elvin.example"), Flaw::Email),
        ("email", json!("\u{130}da@example.com"), Flaw::Email),
    ] {
        assert_eq!(judged(&with(name, value.clone())).err(), Some(flaw), "{name} {value}");
    }
    assert_eq!(judged(&with("email", json!("jürgen@example.com"))).unwrap().email, "jürgen@example.com");
}

#[test]
fn clocks_may_differ_by_half_a_minute_and_no_more() {
    for (name, seconds, good) in [
        ("exp", -29, true),
        ("exp", -30, false),
        ("iat", 30, true),
        ("iat", 31, false),
        ("nbf", 30, true),
        ("nbf", 31, false),
    ] {
        let claims = with(name, json!(SECONDS + seconds));
        assert_eq!(judged(&claims).is_ok(), good, "{name} {seconds}");
    }
}

#[test]
fn who_came_by_an_application_that_is_configured_no_more_goes_with_it() {
    let application = judged(&claims()).unwrap().application;
    for (team, tags, stays) in [
        ("acme.cloudflareaccess.com", "tag-two", true),
        ("acme.cloudflareaccess.com", "tag-one", false),
        ("other.cloudflareaccess.com", "tag-one, tag-two", false),
    ] {
        let settings = Settings::read(team, tags, "").unwrap().unwrap();
        assert_eq!(settings.still_has(&application), stays, "{team} {tags}");
    }
    assert!(!settings().still_has(""));
}

#[test]
fn half_a_configuration_is_none() {
    let read = |team, aud, provision| Settings::read(team, aud, provision).map(|settings| settings.is_some());
    assert_eq!(read("", " ", ""), Ok(false));
    assert_eq!(read("https://Acme.cloudflareaccess.com/", "tag", "1"), Ok(true));
    for (team, aud, provision) in [
        ("", "tag", ""),
        ("acme.cloudflareaccess.com", "", ""),
        ("", "", "1"),
        ("acme", "tag", ""),
        ("acme.cloudflareaccess.com:8443", "tag", ""),
        ("acme.cloudflareaccess.com/evil", "tag", ""),
        ("evil@acme.cloudflareaccess.com", "tag", ""),
        ("http://acme.cloudflareaccess.com", "tag", ""),
        ("127.0.0.1", "tag", ""),
        ("-a.example.com", "tag", ""),
        ("acme.cloudflareaccess.com", "tag,", ""),
        ("acme.cloudflareaccess.com", "a tag", ""),
        ("acme.cloudflareaccess.com", "tag", "yes"),
        ("acme.cloudflareaccess.com", "tag", "0"),
        ("acme.cloudflareaccess.com", "tag", "-1"),
    ] {
        assert!(read(team, aud, provision).is_err(), "{team} {aud} {provision}");
    }
    let settings = Settings::read("https://Acme.cloudflareaccess.com/", "tag", "4").unwrap().unwrap();
    assert_eq!(settings.issuer(), "https://acme.cloudflareaccess.com");
    assert_eq!(settings.certs(), "https://acme.cloudflareaccess.com/cdn-cgi/access/certs");
    assert_eq!(settings.provision, Some(4));
}

fn jwk(id: &str) -> Value {
    json!({ "kid": id, "kty": "RSA", "alg": "RS256", "use": "sig", "e": "AQAB", "n": URL_SAFE_NO_PAD.encode([9_u8; 256]) })
}

#[test]
fn of_a_key_set_only_rsa_keys_for_signatures_are_taken() {
    let but = |name: &str, value: Value| {
        let mut key = jwk(name);
        key.as_object_mut().unwrap().insert(name.to_owned(), value);
        key
    };
    let short = URL_SAFE_NO_PAD.encode([9_u8; 255]);
    let others = [
        but("kty", json!("EC")),
        but("alg", json!("HS256")),
        but("use", json!("enc")),
        but("n", json!(short)),
        but("n", json!("!")),
        but("e", json!("")),
        but("kid", json!("")),
        json!(7),
    ];
    let mut keys: Vec<Value> = others.to_vec();
    keys.push(jwk("good"));
    let read = read_keys(json!({ "keys": keys, "public_cert": {} }).to_string().as_bytes()).unwrap();
    assert_eq!(read.iter().map(|key| key.id.as_str()).collect::<Vec<_>>(), ["good"]);
    let jwk: Value = serde_json::from_str(&read[0].jwk).unwrap();
    assert_eq!(jwk.as_object().unwrap().keys().collect::<Vec<_>>(), ["alg", "e", "kty", "n"]);
    let many: Vec<Value> = (0..100).map(|id| self::jwk(&id.to_string())).collect();
    assert_eq!(read_keys(json!({ "keys": many }).to_string().as_bytes()).unwrap().len(), 16);
    for body in ["", "{}", "[]", r#"{"keys":{}}"#, "<html>"] {
        assert_eq!(read_keys(body.as_bytes()), None, "{body}");
    }
}

fn keys(ids: &[&str]) -> Vec<TeamKey> {
    ids.iter().map(|id| TeamKey { id: (*id).to_owned(), jwk: String::new() }).collect()
}

#[test]
fn keys_are_asked_for_once_and_others_wait_for_them() {
    let mut ring = KeyRing::default();
    assert_eq!(ring.next("one", NOW), Step::Ask);
    ring.asking(NOW);
    assert_eq!(ring.next("one", NOW.plus(ASKING_LASTS - 1)), Step::Wait);
    ring.told(Some(keys(&["one"])), NOW);
    assert_eq!(ring.next("one", NOW.plus(GOOD_FOR - 1)), Step::Use(keys(&["one"]).remove(0)));
    assert_eq!(ring.next("one", NOW.plus(GOOD_FOR)), Step::Ask, "they are not for ever");
    assert_eq!(ring.next("one", NOW.plus(-1)), Step::Ask, "a clock that was set back");
}

#[test]
fn a_flood_of_unknown_names_asks_once_in_a_while() {
    let mut ring = KeyRing::default();
    ring.asking(NOW);
    ring.told(Some(keys(&["one"])), NOW);
    let mut asked = 0;
    for second in 0..100 {
        for name in 0..100 {
            let now = NOW.plus(second * SECOND);
            if ring.next(&format!("made up {name}"), now) == Step::Ask {
                asked += 1;
                ring.asking(now);
                ring.told(Some(keys(&["one"])), now);
            }
        }
    }
    assert_eq!(asked, 9, "every 10 seconds but the first");
    assert_eq!(ring.next("two", NOW.plus(99 * SECOND)), Step::Unknown);
}

#[test]
fn a_new_key_is_found_and_one_that_was_withdrawn_is_not_used() {
    let mut ring = KeyRing::default();
    ring.asking(NOW);
    ring.told(Some(keys(&["one"])), NOW);
    let later = NOW.plus(ASK_EVERY);
    assert_eq!(ring.next("two", later), Step::Ask);
    ring.asking(later);
    ring.told(Some(keys(&["two"])), later);
    assert!(matches!(ring.next("two", later), Step::Use(_)));
    assert_eq!(ring.next("one", later), Step::Unknown);
}

#[test]
fn a_team_that_does_not_answer_is_not_asked_by_everybody_and_what_is_known_goes_on() {
    let mut ring = KeyRing::default();
    ring.asking(NOW);
    assert_eq!(ring.next("one", NOW.plus(ASKING_LASTS)), Step::Unavailable, "the request that asked was cancelled");
    ring.told(None, NOW);
    assert_eq!(ring.next("one", NOW.plus(ASK_EVERY - 1)), Step::Unavailable);
    assert_eq!(ring.next("one", NOW.plus(ASK_EVERY)), Step::Ask);
    ring.asking(NOW.plus(ASK_EVERY));
    ring.told(Some(keys(&["one"])), NOW.plus(ASK_EVERY));
    let later = NOW.plus(3 * ASK_EVERY);
    ring.asking(later);
    ring.told(None, later);
    assert!(matches!(ring.next("one", later), Step::Use(_)));
    ring.told(Some(keys(&["old"])), NOW);
    assert!(matches!(ring.next("one", later), Step::Use(_)), "an answer that was overtaken");
}

#[test]
fn a_clock_that_was_set_back_does_not_shut_the_door_until_it_has_caught_up() {
    let mut ring = KeyRing::default();
    ring.asking(NOW);
    ring.told(Some(keys(&["one"])), NOW);
    let earlier = NOW.plus(-GOOD_FOR);
    assert_eq!(ring.next("one", earlier), Step::Ask);
    ring.asking(earlier);
    ring.told(Some(keys(&["one"])), earlier);
    assert!(matches!(ring.next("one", earlier), Step::Use(_)));
}

fn candidate(user: i64, organization: i64, active: bool) -> Candidate {
    Candidate { user, organization, active }
}

#[test]
fn who_comes_in_as_whom() {
    let closed = settings();
    let open = Settings::read("acme.cloudflareaccess.com", "tag", "4").unwrap().unwrap();
    let (ada, ada_off) = (candidate(7, 4, true), candidate(7, 4, false));
    let (elsewhere, elsewhere_off) = (candidate(9, 5, true), candidate(9, 5, false));
    for (candidates, wanted, settings, entry) in [
        (vec![ada], None, &closed, Entry::As(7)),
        (vec![ada, elsewhere], None, &closed, Entry::Choose),
        (vec![ada, elsewhere], Some(5), &closed, Entry::As(9)),
        (vec![ada, elsewhere_off], None, &closed, Entry::As(7)),
        (vec![ada_off], None, &closed, Entry::Deactivated),
        (vec![ada_off, elsewhere], Some(4), &closed, Entry::Deactivated),
        (vec![], None, &closed, Entry::Unknown),
        (vec![ada], Some(6), &closed, Entry::Unknown),
        (vec![], None, &open, Entry::Join(4)),
        (vec![], Some(4), &open, Entry::Join(4)),
        (vec![], Some(5), &open, Entry::Unknown),
        (vec![ada_off], None, &open, Entry::Deactivated),
        (vec![elsewhere_off], None, &open, Entry::Join(4)),
        (vec![elsewhere], None, &open, Entry::Choose),
        (vec![elsewhere], Some(elsewhere.organization), &open, Entry::As(9)),
        (vec![elsewhere], Some(4), &open, Entry::Join(4)),
    ] {
        assert_eq!(enter(&candidates, wanted, settings), entry, "{candidates:?} {wanted:?} {:?}", settings.provision);
    }
}

#[test]
fn an_assertion_of_tomorrow_is_refused_today() {
    let assertion = token(&header(), &claims());
    let read = Assertion::read(&assertion).unwrap();
    assert_eq!(read.judge(&settings(), NOW.plus(-DAY)).err(), Some(Flaw::NotYet));
    assert_eq!(read.judge(&settings(), NOW.plus(DAY)).err(), Some(Flaw::Expired));
}
