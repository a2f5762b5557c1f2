package client_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"drydock/mini-k8s/client"
)

func TestAKeyIsWorkedOnOnceAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		queue := client.NewQueue[string]()
		ctx, cancel := context.WithCancel(t.Context())
		atWork, runs := 0, 0
		go queue.Run(ctx, 4, func(context.Context, string) error {
			if atWork++; atWork > 1 {
				t.Error("two work on one key")
			}
			runs++
			time.Sleep(time.Second)
			atWork--
			return nil
		})
		queue.Add("a")
		synctest.Wait()
		for range 3 { // while it is being worked on
			queue.Add("a")
		}
		time.Sleep(10 * time.Second)
		synctest.Wait()
		if runs != 2 {
			t.Errorf("got %d runs, want 2: once, and once for all that came meanwhile", runs)
		}
		cancel()
		synctest.Wait()
	})
}

func TestAFailedKeyComesLaterAndLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		queue := client.NewQueue[string]()
		ctx, cancel := context.WithCancel(t.Context())
		begin := time.Now()
		var at []time.Duration
		go queue.Run(ctx, 1, func(context.Context, string) error {
			if at = append(at, time.Since(begin)); len(at) < 4 {
				return errors.New("not yet")
			}
			return nil
		})
		queue.Add("a")
		time.Sleep(time.Hour)
		synctest.Wait()
		if got, want := fmt.Sprint(at), "[0s 5ms 15ms 35ms]"; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		cancel()
		synctest.Wait()
	})
}

func TestAKeyCanWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		queue := client.NewQueue[string]()
		ctx, cancel := context.WithCancel(t.Context())
		begin := time.Now()
		var at time.Duration
		go queue.Run(ctx, 1, func(context.Context, string) error {
			at = time.Since(begin)
			return nil
		})
		queue.AddAfter("a", time.Minute)
		time.Sleep(time.Hour)
		synctest.Wait()
		if at != time.Minute {
			t.Errorf("got %v, want a minute", at)
		}
		cancel()
		synctest.Wait()
	})
}

func TestOfSeveralTimesTheEarliestHolds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		queue := client.NewQueue[string]()
		ctx, cancel := context.WithCancel(t.Context())
		begin := time.Now()
		var at []time.Duration
		go queue.Run(ctx, 1, func(context.Context, string) error {
			at = append(at, time.Since(begin))
			return nil
		})
		for _, wait := range []time.Duration{time.Hour, time.Minute, 2 * time.Minute} {
			queue.AddAfter("a", wait)
		}
		time.Sleep(2 * time.Hour)
		synctest.Wait()
		if got, want := fmt.Sprint(at), "[1m0s]"; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		cancel()
		synctest.Wait()
	})
}
