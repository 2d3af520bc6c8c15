// Two soft tones when an answer comes and nobody looks; no file, no request.

import { keep, recall } from "../live/kept.ts";

const NAME = "siegel.sound";

export function soundIsOn(): boolean {
  return recall(NAME, true);
}

export function switchSound(): boolean {
  keep(NAME, !soundIsOn());
  return soundIsOn();
}

export function chime(): void {
  if (!soundIsOn()) return;
  const context = new AudioContext();
  for (const [start, pitch] of [
    [0, 659],
    [0.14, 880],
  ] as const) {
    const tone = context.createOscillator();
    const volume = context.createGain();
    const at = context.currentTime + start;
    tone.frequency.value = pitch;
    volume.gain.setValueAtTime(0.0001, at);
    volume.gain.exponentialRampToValueAtTime(0.08, at + 0.02);
    volume.gain.exponentialRampToValueAtTime(0.0001, at + 0.3);
    tone.connect(volume).connect(context.destination);
    tone.start(at);
    tone.stop(at + 0.32);
    tone.onended = () => {
      if (pitch === 880) void context.close();
    };
  }
}
