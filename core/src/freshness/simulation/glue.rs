//! The glue's loop, as the Worker runs it: asks the machine, does the one thing it names, and hands back what came of it.

use super::{
    super::{Held, Next, PATIENCE_WITH_OTHERS, budget::Payer, decide::is_strict},
    check,
    driver::{Episode, Event, Flight, Io, Step},
    world::KV_LAG,
};
use crate::secret::SecretHash;

impl Episode<'_> {
    /// The glue: asks the machine, and does the one thing it names.
    pub fn advance(&mut self, place: usize, id: u64) -> Step {
        let Some(node) = self.nodes.get_mut(place) else { return Ok(()) };
        let now = node.clock(self.world.now);
        let generation = node.generation;
        let Some(mut live) = node.live.remove(&id) else { return Ok(()) };
        let paid: Vec<_> = live.request.all().map(|sought| sought.paid).collect();
        let next = node.isolate.next(now, &mut live.request);
        live.spent |= node.is_spent(self.world.now);
        if !matches!(next, Next::Answer(_)) {
            let (asker, keys) = node.isolate.recall_all(now, &live.request);
            let all = || std::iter::once(&asker).chain(&keys);
            let lacks = all().any(Option::is_none);
            let strict = all().flatten().any(|(held, _)| is_strict(held));
            // A sync that takes so long is an outage, whether it has been given up or not.
            let long = |flight: &Flight| flight.node == place && self.world.now - flight.sent >= PATIENCE_WITH_OTHERS;
            let slow = self.flights.values().any(long);
            check::waits(slow || strict, node, &live, matches!(next, Next::Sleep(_)), lacks)
                .map_err(|(invariant, story)| (invariant, format!("isolate {place}: {story}")))?;
        }
        let mut flight = None;
        match next {
            Next::Answer(answer) => {
                check::memory(node)?;
                match check::answer(&self.world, node, &live, &answer, now) {
                    Err((invariant, _)) if self.ignored == Some(invariant) => {}
                    checked => {
                        checked.map_err(|(invariant, story)| (invariant, format!("isolate {place}: {story}")))?
                    }
                }
                for (payer, finding) in paid.into_iter().zip(std::iter::once(&answer.asker).chain(&answer.keys)) {
                    if let (Some(payer), Held::Absent | Held::Unavailable) = (payer, &finding.held) {
                        node.unreturned.entry(payer).or_default().push(self.world.now);
                    }
                }
                self.count(&live, &answer, now);
                if let Some(batch) = answer.behind {
                    self.seen.behind += 1;
                    self.send(place, None, Io::Primary(batch, None), Vec::new());
                }
                return Ok(());
            }
            Next::Sleep(ms) => {
                live.slept = true;
                self.after(ms, ms, Event::Wake(place, generation, id));
            }
            Next::Primary(batch) => flight = Some(Io::Primary(batch, None)),
            Next::Replica(read) => flight = Some(Io::Replica(read, None)),
            Next::Kv(hashes) => {
                let all = live.request.all().enumerate();
                live.kv.extend(all.filter(|(_, sought)| sought.finding.is_none()).map(|(place, _)| place));
                flight = Some(Io::Kv(hashes, None));
            }
        }
        let mut paid = Vec::new();
        if matches!(flight, Some(Io::Primary(..) | Io::Replica(..))) {
            live.reads += 1;
            let all = live.request.all();
            paid = all.filter_map(|sought| Some((sought.paid?, sought.hashes.clone()))).collect();
        }
        if let Some(node) = self.nodes.get_mut(place) {
            node.live.insert(id, live);
        }
        if let Some(io) = flight {
            self.send(place, Some(id), io, paid);
        }
        Ok(())
    }

    pub fn send(&mut self, node: usize, request: Option<u64>, io: Io, paid: Vec<(Payer, Vec<SecretHash>)>) {
        self.serial += 1;
        let id = self.serial;
        let generation = self.nodes.get(node).map_or(0, |node| node.generation);
        let kv = matches!(io, Io::Kv(..));
        let within = match &io {
            Io::Primary(batch, _) => batch.within,
            Io::Replica(read, _) => read.within,
            Io::Kv(..) => 1_000,
        };
        let lost = self.chance.chance(self.weather.lost) || (self.outage && !kv && self.chance.chance(980));
        let way = self.way(kv);
        self.flights
            .insert(id, Flight { node, generation, request, io, paid, lost, sent: self.world.now, expired: false });
        self.after(within, within, Event::Expired(id));
        self.after(way, way, Event::Served(id));
    }

    /// One direction. Ties and overtaking are what it is about, so it is often nothing.
    pub fn way(&mut self, kv: bool) -> i64 {
        if !kv && self.chance.chance(self.weather.slow) {
            return self.chance.within(300, 8_000);
        }
        self.chance.within(0, self.weather.latency)
    }

    pub fn serve(&mut self, id: u64) -> Step {
        let lag = self.chance.within(0, KV_LAG);
        let Some(flight) = self.flights.get_mut(&id) else { return Ok(()) };
        match &mut flight.io {
            Io::Primary(batch, reply) => *reply = Some(self.world.snapshot(batch.cursor, &batch.look_ups)),
            Io::Replica(read, reply) => {
                let replica = self.chance.pick(&self.replicas).unwrap_or_default();
                let least = read.bookmark.parse().unwrap_or_default();
                *reply = Some(self.world.found(&read.look_ups, replica.max(least)));
            }
            Io::Kv(hashes, reply) => *reply = Some(self.world.read_kv(hashes, lag)),
        }
        let paid = std::mem::take(&mut flight.paid);
        let (lost, place, generation) = (flight.lost, flight.node, flight.generation);
        if let Some(node) = self.nodes.get_mut(place).filter(|node| node.generation == generation) {
            for (payer, hashes) in paid {
                if self.world.found(&hashes, self.world.commits).is_empty() {
                    let times = node.absents.entry(payer).or_default();
                    times.push(self.world.now);
                    check::budget(times, self.world.now)?;
                }
            }
        }
        if !lost {
            let way = self.way(false);
            self.after(way, way, Event::Replied(id));
        }
        Ok(())
    }

    /// Hands a reply to the machine, or that there is none. What comes after that is for the isolate alone.
    pub fn reply(&mut self, id: u64, expired: bool) -> Step {
        let Some(flight) = self.flights.get_mut(&id) else { return Ok(()) };
        let (place, request) = (flight.node, flight.request.filter(|_| !flight.expired));
        let Some(node) = self.nodes.get_mut(place).filter(|node| node.generation == flight.generation) else {
            self.flights.remove(&id);
            return Ok(());
        };
        // Only a sync's reply has something to say when nobody waits for it any more.
        if !matches!(flight.io, Io::Primary(..)) && request.is_none_or(|request| !node.live.contains_key(&request)) {
            self.flights.remove(&id);
            return Ok(());
        }
        let now = node.clock(self.world.now);
        let mut live = request.and_then(|request| node.live.get_mut(&request));
        if expired {
            node.troubled_at = self.world.now;
            if let Some(live) = &mut live {
                live.failed = true;
            }
        }
        match &flight.io {
            Io::Primary(batch, reply) => {
                let reply = reply.as_ref().filter(|_| !expired);
                if reply.is_none() {
                    node.failed_at = self.world.now;
                }
                match live {
                    Some(live) => node.isolate.primary_for(now, &mut live.request, batch, reply),
                    None => node.isolate.primary(now, batch, reply),
                }
            }
            Io::Replica(read, reply) => {
                if let Some(live) = live {
                    node.isolate.replica_for(now, &mut live.request, read, reply.as_ref().filter(|_| !expired));
                }
            }
            Io::Kv(_, reply) => {
                if let Some(live) = live {
                    node.isolate.kv_for(now, &mut live.request, reply.as_ref().filter(|_| !expired));
                }
            }
        }
        check::memory(node)?;
        if expired && !flight.lost {
            flight.expired = true;
        } else {
            self.flights.remove(&id);
        }
        if let Some(request) = request {
            self.advance(place, request)?;
        }
        Ok(())
    }
}
