//! One order at a time for each node, and so many nodes at a time.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{Mutex as Turn, OwnedMutexGuard, OwnedSemaphorePermit, Semaphore};

use super::input::NodeUuid;

/// Who may go next.
#[derive(Debug)]
pub(super) struct Turns {
    nodes: Mutex<HashMap<NodeUuid, Arc<Turn<()>>>>,
    places: Arc<Semaphore>,
}

/// The right to work on a node, until it is dropped.
pub(super) struct Held {
    turns: Arc<Turns>,
    node: NodeUuid,
    guard: Option<OwnedMutexGuard<()>>,
    _place: Option<OwnedSemaphorePermit>,
}

impl Turns {
    pub(super) fn new(side_by_side: usize) -> Arc<Self> {
        Arc::new(Self {
            nodes: Mutex::default(),
            places: Arc::new(Semaphore::new(
                side_by_side.clamp(1, Semaphore::MAX_PERMITS),
            )),
        })
    }

    /// Waits until nobody else works on the node, then until there is a place. In this order,
    /// those who wait for a busy node keep no other node waiting.
    pub(super) async fn of(self: Arc<Self>, node: NodeUuid) -> Held {
        let turn = {
            let mut nodes = self.nodes.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(nodes.entry(node.clone()).or_default())
        };
        let mut held = Held {
            turns: Arc::clone(&self),
            node,
            guard: Some(turn.lock_owned().await),
            _place: None,
        };
        // Closed never: the semaphore lives as long as this.
        held._place = Arc::clone(&self.places).acquire_owned().await.ok();
        held
    }

    /// Nodes that somebody works on, or waits for.
    #[cfg(test)]
    fn len(&self) -> usize {
        self.nodes.lock().unwrap().len()
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut nodes = self
            .turns
            .nodes
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        self.guard = None;
        // Those who wait hold it as well.
        if nodes
            .get(&self.node)
            .is_some_and(|turn| Arc::strong_count(turn) == 1)
        {
            nodes.remove(&self.node);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(number: u8) -> NodeUuid {
        format!("00000000-0000-4000-8000-0000000000{number:02}")
            .parse()
            .unwrap()
    }

    #[tokio::test]
    async fn a_node_has_one_turn_at_a_time_and_leaves_nothing_behind() {
        let turns = Turns::new(2);
        let first = Arc::clone(&turns).of(node(1)).await;
        let waiting = tokio::spawn(Arc::clone(&turns).of(node(1)));
        let other = Arc::clone(&turns).of(node(2)).await;
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished());
        drop(first);
        let second = waiting.await.unwrap();
        assert_eq!(turns.len(), 2);
        drop((second, other));
        assert_eq!(turns.len(), 0);
    }

    #[tokio::test]
    async fn so_many_nodes_go_side_by_side() {
        let turns = Turns::new(1);
        let first = Arc::clone(&turns).of(node(1)).await;
        let waiting = tokio::spawn(Arc::clone(&turns).of(node(2)));
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished());
        drop(first);
        drop(waiting.await.unwrap());
        assert_eq!(turns.len(), 0);
    }
}
