//! The drive reader and its limits: what stops it is told, and stops nobody else.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use portcullis::config_drive::Submitted;
use portcullis::sandbox::limits::DriveLimits;
use portcullis::sandbox::{
    DriveReader, EvaluationError, FileError, OpenError, Sandbox, SandboxOptions,
};
use portcullis::units::ByteSize;
use portcullis_tests::{guests, requests};

use super::{base64, encoded, gzip, image};

fn sandbox(drives: usize) -> Sandbox {
    Sandbox::new(&SandboxOptions {
        instances: 1,
        drives,
        ..SandboxOptions::default()
    })
    .unwrap()
}

fn reader(sandbox: &Sandbox, limits: DriveLimits) -> Arc<DriveReader> {
    let bundled = guests::drive_reader();
    sandbox
        .load_drive_reader(bundled.wasm, Some(bundled.compiled), limits)
        .unwrap()
}

fn submitted(text: &str) -> Submitted {
    Submitted::of_text(Bytes::copy_from_slice(text.as_bytes()))
}

/// On a busy machine, how fast it is says nothing.
fn patient() -> DriveLimits {
    DriveLimits {
        time: Duration::from_secs(20),
        ..DriveLimits::default()
    }
}

#[tokio::test]
async fn a_reader_that_is_stopped_says_by_what() {
    let sandbox = sandbox(2);
    let check = async |limits: DriveLimits, drive: &str, expected: EvaluationError| {
        let drive = reader(&sandbox, limits).drive(submitted(drive), requests::ample());
        let error = drive.contents().await.unwrap_err();
        assert_eq!(error, OpenError::Stopped(expected.clone()));
        // Nobody who asks later waits for it again, or gets another answer.
        let again = drive.file(0, 10).await.unwrap_err();
        assert_eq!(again, FileError::Open(OpenError::Stopped(expected)));
    };
    let large = encoded(&gzip(&vec![0; 30 << 20]));
    let memory = ByteSize::from_mib(8);
    let limits = DriveLimits {
        memory,
        ..patient()
    };
    check(limits, &large, EvaluationError::Memory { limit: memory }).await;
    let time = Duration::from_millis(2);
    let limits = DriveLimits {
        time,
        ..DriveLimits::default()
    };
    check(limits, &large, EvaluationError::Time { limit: time }).await;
    // The same sandbox opens the next drive.
    let drive = reader(&sandbox, patient()).drive(submitted(&base64(&image())), requests::ample());
    assert!(drive.contents().await.unwrap().flaws.is_empty());
}

#[tokio::test]
async fn a_drive_shows_the_same_in_the_sandbox_as_outside() {
    let sandbox = sandbox(1);
    let image = image();
    let drive = reader(&sandbox, patient()).drive(submitted(&base64(&image)), requests::ample());
    let contents = drive.contents().await.unwrap();
    let native = portcullis_drive::open(
        &*image,
        portcullis_drive::Encoding::Image,
        &portcullis_drive::Limits::default(),
    );
    assert_eq!(contents.label, native.label);
    assert_eq!(contents.entries.len(), native.entries.len());
    for ((number, shown), entry) in (0..).zip(&contents.entries).zip(&native.entries) {
        assert_eq!((&shown.path, shown.size), (&entry.path, entry.size));
        if let Some(bytes) = native.contents(entry) {
            assert_eq!(&**drive.file(number, 1 << 20).await.unwrap(), bytes);
        }
    }
    let missing = drive.file(1_000, 1).await;
    assert_eq!(missing, Err(FileError::NoFile(1_000)));
}

/// A drive keeps its seat until it is dropped; the next one waits for it, and not for ever.
#[tokio::test]
async fn drives_wait_for_a_seat() {
    let sandbox = sandbox(1);
    let reader = reader(&sandbox, patient());
    let text = base64(&image());
    let first = reader.drive(submitted(&text), requests::ample());
    first.contents().await.unwrap();
    let soon = std::time::Instant::now() + Duration::from_millis(20);
    let second = reader.drive(submitted(&text), soon);
    assert_eq!(
        second.contents().await,
        Err(OpenError::Stopped(EvaluationError::PoolFull))
    );
    drop(first);
    let third = reader.drive(submitted(&text), requests::ample());
    assert!(third.contents().await.is_ok());
}

#[tokio::test]
async fn what_is_no_drive_is_not_opened() {
    let sandbox = sandbox(1);
    let reader = reader(&sandbox, patient());
    for text in ["", "https://drives.example.org/1"] {
        let drive = reader.drive(submitted(text), requests::ample());
        assert_eq!(drive.contents().await, Err(OpenError::Nothing), "{text}");
    }
    // Not even base64: no instance is needed to say so.
    let drive = reader.drive(submitted("****"), requests::ample());
    let contents = drive.contents().await.unwrap();
    assert_eq!(contents.flaws[0].kind, "base64");
    assert!(!contents.readable);
}
