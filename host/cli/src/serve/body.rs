//! Taking in the body of a write: whole, within its limit, its time and the budget of all bodies.

use std::pin::{Pin, pin};
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use http_body::Body;
use http_body_util::BodyExt;
use portcullis::units::ByteSize;
use tokio::time::{timeout, timeout_at};

use super::budget::{BodyBudget, Claim};

/// What a body of unannounced length claims first; it doubles from there.
const FIRST_CLAIM: usize = 16 << 10;

/// Why a body was not taken in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyFault {
    /// It is, or says it is, longer than the limit.
    TooLarge,
    /// It did not arrive in time.
    TooSlow,
    /// It ended early, or its framing is wrong.
    Broken,
    /// No memory became free in time.
    NoMemory,
}

/// How long a body may take.
#[derive(Clone, Copy, Debug)]
pub struct BodyTime {
    /// For all of it to arrive.
    pub arrive: Duration,
    /// For memory to become free, each time there is none.
    pub wait: Duration,
}

/// Takes in a body. The claim has to be kept for as long as the bytes are.
///
/// # Errors
/// See [`BodyFault`]. What has not been read is left unread.
pub async fn take<'a, B>(
    body: B,
    limit: ByteSize,
    time: BodyTime,
    budget: &'a BodyBudget,
) -> Result<(Bytes, Claim<'a>), BodyFault>
where
    B: Body<Data = Bytes>,
{
    let mut claim = Claim::none();
    if body.is_end_stream() {
        return Ok((Bytes::new(), claim));
    }
    let limit = limit.as_usize();
    let hint = body.size_hint();
    if hint.lower() > limit as u64 {
        return Err(BodyFault::TooLarge);
    }
    let announced = hint
        .exact()
        .map(|exact| usize::try_from(exact).unwrap_or(limit));
    let mut room = announced.unwrap_or(FIRST_CLAIM).min(limit);
    grow(budget, &mut claim, room, time.wait).await?;

    let until = (Instant::now() + time.arrive).into();
    let mut body = pin!(body);
    let mut next = async || match timeout_at(until, data(body.as_mut())).await {
        Ok(piece) => piece,
        Err(_) => Err(BodyFault::TooSlow),
    };
    let Some(first) = next().await? else {
        return Ok((Bytes::new(), claim));
    };
    if announced == Some(first.len()) {
        return Ok((first, claim));
    }
    let mut whole = BytesMut::new();
    let mut piece = first;
    loop {
        let length = whole.len() + piece.len();
        if length > limit {
            return Err(BodyFault::TooLarge);
        }
        if length > room {
            let more = length.max(room * 2).min(limit) - room;
            grow(budget, &mut claim, more, time.wait).await?;
            room += more;
        }
        if whole.capacity() < length {
            whole.reserve(room - whole.len());
        }
        whole.extend_from_slice(&piece);
        match next().await? {
            Some(next) => piece = next,
            None => return Ok((whole.freeze(), claim)),
        }
    }
}

async fn grow<'a>(
    budget: &'a BodyBudget,
    claim: &mut Claim<'a>,
    bytes: usize,
    wait: Duration,
) -> Result<(), BodyFault> {
    match timeout(wait, budget.grow(claim, bytes)).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) | Err(_) => Err(BodyFault::NoMemory),
    }
}

/// The next piece; trailers are not passed on, as Ironic knows none.
async fn data<B: Body<Data = Bytes>>(mut body: Pin<&mut B>) -> Result<Option<Bytes>, BodyFault> {
    loop {
        match body.frame().await {
            None => return Ok(None),
            Some(Err(_)) => return Err(BodyFault::Broken),
            Some(Ok(frame)) => {
                if let Ok(piece) = frame.into_data() {
                    return Ok(Some(piece));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;
    use std::convert::Infallible;
    use std::task::{Context, Poll};

    use http_body::{Frame, SizeHint};

    use super::*;

    /// A body of given pieces that may announce its length, and may never end.
    struct Pieces {
        pieces: VecDeque<usize>,
        announced: Option<u64>,
        ends: bool,
    }

    impl Body for Pieces {
        type Data = Bytes;
        type Error = Infallible;

        fn poll_frame(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
            match self.pieces.pop_front() {
                Some(length) => Poll::Ready(Some(Ok(Frame::data(vec![b'x'; length].into())))),
                None if self.ends => Poll::Ready(None),
                None => Poll::Pending,
            }
        }

        fn size_hint(&self) -> SizeHint {
            self.announced
                .map_or_else(SizeHint::default, SizeHint::with_exact)
        }
    }

    async fn check(
        pieces: &[usize],
        announced: Option<u64>,
        ends: bool,
        expected: Result<usize, BodyFault>,
    ) {
        let budget = BodyBudget::new(ByteSize::from_kib(64));
        let time = BodyTime {
            arrive: Duration::from_millis(20),
            wait: Duration::from_millis(20),
        };
        let body = Pieces {
            pieces: pieces.iter().copied().collect(),
            announced,
            ends,
        };
        let taken = take(body, ByteSize::from_kib(100), time, &budget).await;
        let length = taken
            .as_ref()
            .map(|(bytes, _)| bytes.len())
            .map_err(|fault| *fault);
        assert_eq!(length, expected, "{pieces:?} {announced:?}");
        if let Ok((bytes, _)) = &taken {
            assert!(budget.used_bytes() >= bytes.len());
        }
        drop(taken);
        assert_eq!(budget.used_bytes(), 0);
    }

    #[tokio::test]
    async fn bodies_are_taken_within_their_limits() {
        check(&[], Some(0), true, Ok(0)).await;
        check(&[], None, true, Ok(0)).await;
        check(&[2048], Some(2048), true, Ok(2048)).await;
        check(&[2048], None, true, Ok(2048)).await;
        check(&[1000, 1, 1047], Some(2048), true, Ok(2048)).await;
        check(&[16_000, 16_000, 30_000], None, true, Ok(62_000)).await;
        check(&[], Some(102_401), true, Err(BodyFault::TooLarge)).await;
        check(&[1], Some(2), false, Err(BodyFault::TooSlow)).await;
        check(&[], Some(66_000), true, Err(BodyFault::NoMemory)).await;
        check(&[60_000, 10_000], None, true, Err(BodyFault::NoMemory)).await;
    }

    #[tokio::test]
    async fn an_unannounced_body_is_stopped_at_the_limit() {
        let budget = BodyBudget::new(ByteSize::from_mib(1));
        let time = BodyTime {
            arrive: Duration::from_secs(10),
            wait: Duration::from_secs(10),
        };
        let body = Pieces {
            pieces: VecDeque::from([60_000, 60_000]),
            announced: None,
            ends: false,
        };
        let taken = take(body, ByteSize::from_kib(100), time, &budget).await;
        assert_eq!(taken.err(), Some(BodyFault::TooLarge));
    }
}
