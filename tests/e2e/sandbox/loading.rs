//! What is no validator, or asks for too much, is not loaded; and misbehaviour while loading has
//! the same limits as while judging.

use super::*;

use portcullis::sandbox::{EvaluationError, TrapKind};
use portcullis_tests::guests::patched;

fn sandbox() -> Sandbox {
    Sandbox::new(&SandboxOptions::default()).unwrap()
}

/// Why these bytes cannot be loaded, with `log` granted.
async fn refusal(wasm: &[u8]) -> LoadError {
    let sandbox = sandbox();
    let loaded = sandbox
        .load(wasm, None, &[Capability::Log], patient())
        .await;
    let error = loaded.err().expect("a refusal");
    let bystander = load(&sandbox, "trivial", &[], patient()).await;
    assert!(bystander.is_ok(), "after {error:?}");
    error
}

#[tokio::test]
async fn bytes_that_are_no_component_are_refused() {
    let core_module = b"\0asm\x01\x00\x00\x00";
    let component = b"\0asm\x0d\x00\x01\x00";
    let hostile = guests::get("hostile").wasm;
    for not_a_component in [b"", &b"no WebAssembly at all"[..], core_module, b"\0asm"] {
        let error = refusal(not_a_component).await;
        assert!(matches!(error, LoadError::NotAComponent), "{error:?}");
    }
    let garbage = [component, &b"\xff\xfe garbage"[..]].concat();
    let cut = &hostile[..hostile.len() / 2];
    for broken in [&garbage, cut] {
        let error = refusal(broken).await;
        assert!(matches!(error, LoadError::Compile { .. }), "{error:?}");
    }
    let error = refusal(component).await;
    assert!(matches!(error, LoadError::Contract { .. }), "{error:?}");
}

#[tokio::test]
async fn damaged_components_are_refused_and_nothing_worse() {
    let sandbox = sandbox();
    let whole = guests::get("hostile-import").wasm;
    // A step that is no multiple of anything, so that every kind of section gets its share.
    for at in (8..whole.len()).step_by(397) {
        let mut damaged = whole.to_vec();
        damaged[at] ^= 0x55;
        let loaded = sandbox.load(&damaged, None, &[], patient()).await;
        // Damage to a name or to a constant may leave a component; its import is still unknown.
        assert!(loaded.is_err(), "byte {at}");
    }
}

#[tokio::test]
async fn a_capability_that_was_not_granted_is_named() {
    let loaded = load(&sandbox(), "hostile", &[], patient()).await;
    let Err(LoadError::NotGranted { capability }) = loaded.map(drop) else {
        panic!("loaded");
    };
    assert_eq!(capability, "log");
}

#[tokio::test]
async fn an_import_the_host_does_not_offer_is_named() {
    for granted in [&[][..], &Capability::ALL] {
        let loaded = load(&sandbox(), "hostile-import", granted, patient()).await;
        let Err(LoadError::UnknownImport { import }) = loaded.map(drop) else {
            panic!("loaded");
        };
        assert!(import.starts_with("elsewhere:guest/clock"), "{import}");
    }
}

/// How a validator failed that did not describe itself.
fn describing(loaded: Result<Validator, LoadError>) -> EvaluationError {
    match loaded.map(drop) {
        Err(LoadError::Describe(cause)) => cause,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_guest_gets_no_more_tables_than_its_limit() {
    let limits = Limits {
        table_elements: 1,
        ..patient()
    };
    let loaded = load(&sandbox(), "trivial", &[], limits).await;
    assert_eq!(describing(loaded), EvaluationError::Table { limit: 1 });
}

#[tokio::test]
async fn a_guest_that_never_ends_describing_itself_is_not_loaded() {
    let begin = Instant::now();
    let loaded = load(&sandbox(), "hostile-describe", &[], Limits::default()).await;
    let Limits { time: limit, .. } = Limits::default();
    assert_eq!(describing(loaded), EvaluationError::Time { limit });
    assert!(begin.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn a_description_that_breaks_its_promises_is_refused() {
    for (from, to) in [
        ("/body/name", "/nobody/na"),
        ("\"type\": \"object\"", "\"type\": \"objekt\""),
        (
            "\"additionalProperties\": false",
            "\"additionalProperties\": 12345",
        ),
    ] {
        let wasm = patched("hostile", from, to);
        let error = refusal(&wasm).await;
        assert!(matches!(error, LoadError::Description(_)), "{error:?}");
    }
}

#[tokio::test]
async fn misbehaviour_while_settings_are_checked_is_typed() {
    let limits = Limits {
        time: Duration::from_secs(2),
        ..Limits::default()
    };
    let bench = Bench::new(limits).await;
    let check = async |deed: &str| {
        let settings = format!(r#"{{"check":"{deed}"}}"#);
        let checked = bench.hostile.check_settings(&settings).await;
        bench.assert_unharmed(deed).await;
        match checked {
            Err(LoadError::CheckSettings(cause)) => cause,
            other => panic!("{deed}: {other:?}"),
        }
    };
    let Limits {
        time, memory, log, ..
    } = limits;
    assert_eq!(check("spin").await, EvaluationError::Time { limit: time });
    assert_eq!(
        check("allocate").await,
        EvaluationError::Memory { limit: memory }
    );
    assert_eq!(
        check("log-flood").await,
        EvaluationError::Log { limit: log }
    );
    let panicked = EvaluationError::Trap(TrapKind::Unreachable);
    assert_eq!(check("panic").await, panicked);
}

#[tokio::test]
async fn settings_the_guest_refuses_are_an_answer() {
    let bench = Bench::new(patient()).await;
    let problems = bench
        .hostile
        .check_settings(r#"{"check":"unheard-of"}"#)
        .await;
    assert_eq!(problems.unwrap().len(), 1);
    assert_eq!(bench.hostile.check_settings(BEHAVE).await.unwrap(), []);
}
