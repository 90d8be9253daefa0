//! Places in the pool: they are few, they are waited for, and they come back.

use super::*;

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;

use portcullis::sandbox::EvaluationError;

use super::misdeeds::count_calls;

async fn bench(instances: usize, max_waiting: usize) -> Bench {
    let options = SandboxOptions {
        instances,
        max_waiting,
        ..SandboxOptions::default()
    };
    Bench::with(&options, patient()).await
}

/// Runs a future until it waits, or yields, for the first time. An evaluation has its place in
/// the pool by then, or stands in the queue for one.
async fn begin<F: Future>(mut future: Pin<&mut F>) -> Poll<F::Output> {
    poll_fn(|context| Poll::Ready(future.as_mut().poll(context))).await
}

#[tokio::test]
async fn a_full_pool_refuses_whom_it_lets_nobody_wait() {
    let bench = bench(1, 0).await;
    let mut spinning = pin!(bench.judge(&bench.hostile, SPIN));
    assert!(begin(spinning.as_mut()).await.is_pending());
    let refused = bench.judge(&bench.bystander, "{}").await;
    assert_eq!(refused.result, Err(EvaluationError::PoolFull));
    assert!(begin(spinning).await.is_pending(), "the one inside goes on");
}

#[tokio::test]
async fn a_full_queue_refuses_and_a_free_place_lets_the_next_one_in() {
    let bench = bench(1, 1).await;
    let mut spinning = Box::pin(bench.judge(&bench.hostile, SPIN));
    assert!(begin(spinning.as_mut()).await.is_pending());
    let mut waiting = pin!(bench.judge(&bench.bystander, "{}"));
    assert!(begin(waiting.as_mut()).await.is_pending());
    let refused = bench.judge(&bench.bystander, "{}").await;
    assert_eq!(refused.result, Err(EvaluationError::PoolFull));

    drop(spinning);
    let let_in = waiting.await;
    assert_eq!(let_in.result, Ok(Verdict::Allow(Vec::new())));
    bench.assert_unharmed("a full queue").await;
}

#[tokio::test]
async fn waiting_ends_with_the_deadline() {
    let bench = bench(1, 1).await;
    let mut spinning = pin!(bench.judge(&bench.hostile, SPIN));
    assert!(begin(spinning.as_mut()).await.is_pending());
    let begun = Instant::now();
    let patience = Duration::from_millis(30);
    let waiting = bench.judge_until(&bench.bystander, "{}", begun + patience);
    let gave_up = tokio::select! {
        gave_up = waiting => gave_up,
        stopped = spinning => panic!("stopped before the other gave up: {stopped:?}"),
    };
    assert_eq!(gave_up.result, Err(EvaluationError::PoolFull));
    let took = begun.elapsed();
    assert!(
        took >= patience && took < Duration::from_secs(5),
        "{took:?}"
    );
}

#[tokio::test]
async fn whoever_stops_waiting_makes_room_in_the_queue() {
    let bench = bench(1, 1).await;
    let mut spinning = pin!(bench.judge(&bench.hostile, SPIN));
    assert!(begin(spinning.as_mut()).await.is_pending());
    for _ in 0..3 {
        let mut waiting = pin!(bench.judge(&bench.bystander, "{}"));
        assert!(begin(waiting.as_mut()).await.is_pending());
    }
}

#[tokio::test]
async fn a_cancelled_evaluation_frees_its_place() {
    let bench = bench(2, 0).await;
    for _ in 0..50 {
        let mut one = pin!(bench.judge(&bench.hostile, SPIN));
        let mut other = pin!(bench.judge(&bench.hostile, SPIN));
        assert!(begin(one.as_mut()).await.is_pending());
        assert!(begin(other.as_mut()).await.is_pending());
    }
    bench
        .assert_unharmed("a hundred cancelled evaluations")
        .await;
}

#[tokio::test]
async fn one_that_never_ends_does_not_hold_up_its_thread() {
    let bench = bench(2, 0).await;
    let mut spinning = pin!(bench.judge(&bench.hostile, SPIN));
    for _ in 0..20 {
        assert!(begin(spinning.as_mut()).await.is_pending());
        let other = bench.judge(&bench.bystander, "{}").await;
        assert_eq!(other.result, Ok(Verdict::Allow(Vec::new())));
    }
}

/// A tick that comes just behind the beginning interrupts nobody.
#[tokio::test]
async fn one_that_has_just_begun_goes_on_for_a_tick() {
    const TICK: Duration = Duration::from_millis(1);
    let bench = bench(1, 0).await;
    for _ in 0..20 {
        let begun = Instant::now();
        let mut spinning = Box::pin(bench.judge(&bench.hostile, SPIN));
        assert!(begin(spinning.as_mut()).await.is_pending());
        assert!(begun.elapsed() >= TICK, "{:?}", begun.elapsed());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_at_once_know_nothing_of_each_other() {
    let bench = Arc::new(bench(4, 64).await);
    let tasks: Vec<_> = (0..64)
        .map(|_| {
            let bench = Arc::clone(&bench);
            tokio::spawn(async move { count_calls(&bench).await })
        })
        .collect();
    for task in tasks {
        assert_eq!(task.await.unwrap(), "1");
    }
}
