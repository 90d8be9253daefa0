//! The bytes that the drive reader asks for.

use bytes::Bytes;

use super::raw;
use crate::config_drive::{Base64Error, Base64Text};
use crate::sandbox::bindings::drive_reader::portcullis::policy::drive_bytes;
use crate::sandbox::instance::State;

/// Where they come from. Base64 is decoded piece by piece, so that its bytes are never anywhere
/// whole.
pub(in crate::sandbox) enum Source {
    Base64(Base64Text),
    /// Text that turned out not to be base64 on the way.
    Broken(Base64Error),
    Plain(Bytes),
}

impl Source {
    pub(super) fn base64(text: Bytes) -> Result<Self, Base64Error> {
        Base64Text::new(text).map(Self::Base64)
    }

    /// Whether all of it is what it should be, also where nobody has asked.
    pub(super) async fn finish(self) -> Result<(), Base64Error> {
        match self {
            Self::Base64(mut text) => {
                while !text.check_rest()? {
                    tokio::task::yield_now().await;
                }
                Ok(())
            }
            Self::Broken(error) => Err(error),
            Self::Plain(_) => Ok(()),
        }
    }

    fn length(&self) -> u64 {
        match self {
            Self::Base64(text) => text.length() as u64,
            Self::Plain(bytes) => bytes.len() as u64,
            Self::Broken(_) => 0,
        }
    }

    fn read(&mut self, offset: u64, max: u32) -> Vec<u8> {
        let offset = usize::try_from(offset).unwrap_or(usize::MAX);
        match self {
            Self::Base64(text) => match text.read(offset, max as usize) {
                Ok(piece) => piece,
                Err(error) => {
                    *self = Self::Broken(error);
                    Vec::new()
                }
            },
            Self::Plain(bytes) => {
                let rest = bytes.get(offset..).unwrap_or_default();
                rest.get(..max as usize).unwrap_or(rest).to_vec()
            }
            Self::Broken(_) => Vec::new(),
        }
    }
}

/// What there is to say about a text that is not base64.
pub(super) fn unread(error: Base64Error) -> raw::Contents {
    raw::Contents {
        stream_bytes: 0,
        image_bytes: None,
        readable: false,
        label: None,
        rock_ridge: false,
        joliet: false,
        entries: Vec::new(),
        flaws: vec![raw::Flaw {
            kind: "base64".to_owned(),
            path: None,
            offset: None,
            found: error.to_string(),
        }],
    }
}

impl drive_bytes::Host for State {
    fn length(&mut self) -> wasmtime::Result<u64> {
        self.count_host_call(0)?;
        Ok(self.source.as_ref().map_or(0, Source::length))
    }

    fn read(&mut self, offset: u64, max: u32) -> wasmtime::Result<Vec<u8>> {
        let piece = match &mut self.source {
            Some(source) => source.read(offset, max),
            None => Vec::new(),
        };
        self.count_host_call(piece.len())?;
        Ok(piece)
    }
}
