/** What a crowd has seen of a waiting room so far. */
export class RoomTally {
  /** People with a ticket. */
  joined = 0;
  /** Tickets that were read again by a page that had been closed. */
  reloads = 0;
  /** Turns that came. */
  turns = 0;
  /** Turns that their owners did not take up in time. */
  missed = 0;
  /** Tickets after a missed or unused turn. */
  rejoined = 0;
  /** People who came after the entries of a draw were closed. */
  closedOut = 0;
  /** A ticket has said that nothing is left for good. */
  soldOut = false;
}
