/** One thing in a waiting room that should not be. */
export interface RoomFault {
  id: string;
  says: string;
}
